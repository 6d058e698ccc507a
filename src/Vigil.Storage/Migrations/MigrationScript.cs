using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Vigil.Errors;

namespace Vigil.Storage.Migrations;

/// <summary>A numbered SQL file of one dialect: <c>Sqlite/0001_events.sql</c>.</summary>
internal sealed record MigrationScript(long Version, string Name, string Sql)
{
    /// <summary>Line ends do not count: a checkout may change them.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    public static IReadOnlyList<MigrationScript> Sqlite { get; } = Load("Sqlite");

    public static IReadOnlyList<MigrationScript> Postgres { get; } = Load("Postgres");

    /// <summary>The next script for a database where these were applied; null when it is up to date.</summary>
    /// <exception cref="FaultException">The database is newer than this program, or was made by another one.</exception>
    public static MigrationScript? Next(IReadOnlyList<MigrationScript> known, IReadOnlyList<AppliedMigration> applied, string database)
    {
        var newest = applied.Count == 0 ? 0 : applied.Max(a => a.Version);
        if (newest > known[^1].Version)
            throw Refused("store_newer", $"{database} was written by a newer Vigil: its schema is {newest}, this program knows {known[^1].Version}.",
                "Start the newer version, or restore a backup from before the update: vigil restore FILE");
        foreach (var one in applied)
            if (known.FirstOrDefault(k => k.Version == one.Version) is { } script && script.Checksum != one.Checksum)
                throw Refused("store_differs", $"{database} was made by another build of Vigil: its migration {one.Version} ({one.Name}) differs from this program's.",
                    "Start the version that made it, or restore a backup: vigil restore FILE");
        return known.FirstOrDefault(k => applied.All(a => a.Version != k.Version));
    }

    private static FaultException Refused(string code, string message, string hint) => new(new Fault(code, message, hint) { Kind = FaultKind.Unavailable });

    private static IReadOnlyList<MigrationScript> Load(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"Vigil.Storage.Migrations.{dialect}.";
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    var file = name[prefix.Length..^".sql".Length];
                    return new MigrationScript(long.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
                }),
        ];
    }
}

internal sealed record AppliedMigration(long Version, string Name, string Checksum);
