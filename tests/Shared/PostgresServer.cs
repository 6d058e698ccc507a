using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Vigil.Tests.Shared;

/// <summary>
/// A real PostgreSQL for tests: the one of <c>VIGIL_TEST_PG</c>, else a cluster of its own from the installed programs, started once in
/// a test process and gone with it, also when that is killed. Each test takes a schema of its own.
/// </summary>
public sealed class PostgresServer
{
    public const string Variable = "VIGIL_TEST_PG";

    private const string HowToGet =
        "These tests need PostgreSQL. Install it (apt-get install postgresql) or set VIGIL_TEST_PG to a connection, for example Host=localhost;Database=test;Username=me;Password=…";

    private static readonly Lazy<Task<PostgresServer>> Started = new(StartAsync);

    private static int _schemas;

    // Kept: when the process object is collected its pipes close, and the cluster takes that for our end.
    private readonly Process? _owner;

    private PostgresServer(string connection, Process? owner)
    {
        Connection = connection;
        _owner = owner;
    }

    public string Connection { get; }

    public static Task<PostgresServer> GetAsync() => Started.Value;

    /// <summary>A schema name that no other test uses, in this run or beside it.</summary>
    public static string NewSchema() => $"t{Environment.ProcessId}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}_{Interlocked.Increment(ref _schemas)}";

    public async Task DropAsync(string schema)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP SCHEMA IF EXISTS \"{schema}\" CASCADE", connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<PostgresServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new PostgresServer(given, owner: null);
        var programs = Programs() ?? throw new InvalidOperationException(HowToGet);
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var process = Start(programs, port);
            var connection = $"Host=127.0.0.1;Port={port};Database=postgres;Username=vigil;Maximum Pool Size=40;GssEncryptionMode=Disable";
            // "ready" comes when the server answers; the end of the output when it could not start, for example because the port was taken meanwhile.
            if (await process.StandardOutput.ReadLineAsync() == "ready")
                return new PostgresServer(connection, process);
            if (attempt == 3)
                throw new InvalidOperationException($"PostgreSQL did not start: {await process.StandardError.ReadToEndAsync()}");
        }
    }

    /// <summary>
    /// A shell owns the cluster and waits for the end of its input, which comes when this process ends in whatever way; then it stops the server and removes the files.
    /// PostgreSQL refuses to run as root, so root lends it another user.
    /// </summary>
    private static Process Start(string programs, int port)
    {
        const string script = """
            set -e
            export LC_ALL=C PATH="$1:$PATH"
            dir=$(mktemp -d "${TMPDIR:-/tmp}/vigil-pg.XXXXXX")
            trap 'rm -rf "$dir"' EXIT
            trap : INT TERM HUP
            cd "$dir"
            initdb -D data -U vigil -A trust -E UTF8 --no-sync >init.log 2>&1 || { cat init.log >&2; exit 1; }
            postgres -D data -p "$2" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=200 -c deadlock_timeout=100ms >log 2>&1 &
            server=$!
            until pg_isready -q -h 127.0.0.1 -p "$2"; do
              kill -0 $server 2>/dev/null || { cat log >&2; exit 1; }
              sleep 0.05
            done
            echo ready
            cat >/dev/null || true
            kill -INT $server
            wait $server || true
            """;
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        List<string> words = ["sh", "-c", script, "sh", programs, $"{port}"];
        if (Environment.UserName == "root")
            words.InsertRange(0, ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        start.FileName = words[0];
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        return Process.Start(start)!;
    }

    private static string? Programs()
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian).OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [];
        return versions.Concat(Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [])
            .FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")) && File.Exists(Path.Combine(directory, "postgres")));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
