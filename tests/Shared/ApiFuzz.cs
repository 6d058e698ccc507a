using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.OpenApi;

namespace Vigil.Tests.Shared;

/// <param name="Failures">What must never be: a status of 500 and above, no answer, or another agent's data; each with the number that makes the request again.</param>
internal sealed record FuzzReport(IReadOnlyDictionary<int, int> Statuses, IReadOnlyCollection<string> Failures, TimeSpan Slowest);

/// <summary>
/// Sends mutated requests to a running gateway: the examples of every route with their bodies, paths, queries, headers, methods and keys changed, and some as raw bytes.
/// Number and seed decide a request. The gateway needs an agent <c>other</c>; the requests come with keys that are limited to <c>main</c>.
/// </summary>
internal sealed class ApiFuzz(Uri address, string ownerKey, int seed)
{
    /// <summary>Stands in all that agent other has.</summary>
    public const string Secret = "zebra";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly HttpMethod[] s_methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete, HttpMethod.Head, HttpMethod.Options, new("PURGE")];

    private readonly ConcurrentDictionary<int, int> _statuses = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private long _slowest;
    private string[] _keys = [];
    private string[] _things = [];

    public async Task<FuzzReport> RunAsync(int first, int count, int atOnce)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, MaxConnectionsPerServer = atOnce }) { BaseAddress = address, Timeout = s_patience };
        if (_keys.Length == 0)
            await FillAsync(http);
        await Parallel.ForAsync(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (number, cancellationToken) =>
        {
            var random = new Random(unchecked((seed * 1_000_003) + number));
            var begun = Stopwatch.GetTimestamp();
            try
            {
                await (random.Next(10) == 0 ? RawAsync(random, number) : SendAsync(http, random, number, cancellationToken));
            }
            catch (Exception broken) when (broken is OperationCanceledException or TimeoutException)
            {
                Fail(number, "no answer", "");
            }
            var took = Stopwatch.GetElapsedTime(begun).Ticks;
            for (var known = Volatile.Read(ref _slowest); took > known && Interlocked.CompareExchange(ref _slowest, took, known) != known; known = Volatile.Read(ref _slowest))
            {
            }
        });
        return new FuzzReport(_statuses, _failures, TimeSpan.FromTicks(_slowest));
    }

    private async Task FillAsync(HttpClient http)
    {
        async Task<JsonNode> MakeAsync(string path, string body)
        {
            using var request = With(HttpMethod.Post, path, body);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ownerKey);
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {text}");
        }
        var work = await MakeAsync("/api/work", $$"""{ "agent": "other", "prompt": "{{Secret}}", "metadata": { "of": "{{Secret}}" } }""");
        var response = await MakeAsync("/v1/responses", $$"""{ "model": "vigil/other", "input": "{{Secret}}" }""");
        var schedule = await MakeAsync("/api/cron", $$"""{ "agent": "other", "name": "stripes", "schedule": { "every": "30d" }, "prompt": "{{Secret}}" }""");
        _things = [Id(work), Id(response), Id(schedule), "agent:other:main", $"agent:other:work:{Id(work)}", "other", "vigil/other", "stripes"];
        var all = await MakeAsync("/api/keys", """{ "name": "fuzz", "scopes": ["chat", "work", "hooks", "admin"], "agents": ["main"] }""");
        var chat = await MakeAsync("/api/keys", """{ "name": "fuzz-chat", "scopes": ["chat"], "agents": ["main"] }""");
        _keys = [Key(all), Key(all), Key(all), Key(all), Key(all), Key(all), Key(chat), ""];

        static string Id(JsonNode node) => node["id"]!.GetValue<string>();
        static string Key(JsonNode node) => node["key"]!.GetValue<string>();
    }

    private async Task SendAsync(HttpClient http, Random random, int number, CancellationToken cancellationToken)
    {
        var (method, path, body, headers) = Make(random);
        using var request = With(method, path, body);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception refused) when (refused is HttpRequestException or InvalidOperationException or UriFormatException or ArgumentException or FormatException)
        {
            // The client would not send it, or the gateway closed the connection upon something that is no HTTP; a dead gateway shows at the next request.
            if (refused is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
                Fail(number, "no connection", path);
            return;
        }
        using (response)
        {
            // The event log's stream never ends.
            var endless = response.Content.Headers.ContentType?.MediaType == "text/event-stream" && path.Contains("/events", StringComparison.Ordinal);
            Judge(number, (int)response.StatusCode, endless ? "" : await response.Content.ReadAsStringAsync(cancellationToken), $"{method} {path} {Cut(body)} {string.Join(" | ", headers.Where(header => header.Name != "Authorization"))}");
        }
    }

    private async Task RawAsync(Random random, int number)
    {
        var (method, path, body, headers) = Make(random);
        var content = Encoding.UTF8.GetBytes(body ?? "");
        var text = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\n");
        foreach (var (name, value) in headers)
            text.Append($"{name}: {value}\r\n");
        var bytes = Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()).Concat(content).ToArray();
        for (var times = random.Next(4); times > 0 && bytes.Length > 4; times--)
        {
            var at = random.Next(bytes.Length);
            bytes = random.Next(4) switch
            {
                0 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(8))..]],
                2 => [.. bytes[..at], .. Enumerable.Range(0, random.Next(64)).Select(_ => (byte)random.Next(256)), .. bytes[at..]],
                _ => [.. bytes[..at], .. bytes[Math.Max(0, at - 16)..]],
            };
        }
        using var patience = new CancellationTokenSource(s_patience);
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, patience.Token);
        var answer = new byte[65_536];
        var read = 0;
        try
        {
            var stream = socket.GetStream();
            await stream.WriteAsync(bytes, patience.Token);
            socket.Client.Shutdown(SocketShutdown.Send);
            for (int got; read < answer.Length && (got = await stream.ReadAsync(answer.AsMemory(read), patience.Token)) > 0;)
                read += got;
        }
        catch (Exception cut) when (cut is IOException or SocketException)
        {
            // The gateway may close on what is no HTTP.
        }
        var said = Encoding.Latin1.GetString(answer, 0, read);
        if (said.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && int.TryParse(said.AsSpan(9, 3), out var status))
            Judge(number, status, said, $"raw {Cut(Encoding.Latin1.GetString(bytes))}");
    }

    private (HttpMethod Method, string Path, string? Body, List<(string Name, string Value)> Headers) Make(Random random)
    {
        var example = RouteExamples.All[random.Next(RouteExamples.All.Count)];
        // A copy of the whole database each time would be a test of the disk.
        while (example.Route == "/api/backup" && random.Next(100) > 0)
            example = RouteExamples.All[random.Next(RouteExamples.All.Count)];
        var method = random.Next(12) == 0 ? s_methods[random.Next(s_methods.Length)] : new HttpMethod(example.Method);
        var body = example.Body?.DeepClone();
        var path = Path(random, example.Path);
        List<(string, string)> headers = [];
        foreach (var (name, value) in example.Headers ?? new Dictionary<string, string>())
            headers.Add((name, value));
        if (_keys[random.Next(_keys.Length)] is { Length: > 0 } key)
            headers.Add(("Authorization", random.Next(30) == 0 ? Odd.Text(random) : $"Bearer {key}"));
        string[] names = ["X-Vigil-Session-Id", "X-Vigil-Chat-Id", "X-Vigil-User-Id", "X-Vigil-Thread-Id", "X-Vigil-Model", "Idempotency-Key", "Accept", "Last-Event-ID", "Origin", "X-Forwarded-For"];
        for (var times = random.Next(3); times > 0; times--)
            headers.Add((names[random.Next(names.Length)], random.Next(3) > 0 ? $"s{random.Next(50)}" : Odd.Text(random)));
        for (var times = random.Next(4); times > 0; times--)
            body = Odd.Mutated(random, body, _things);
        var text = body?.ToJsonString();
        if (text is not null && random.Next(8) == 0)
            text = Odd.Broken(random, text);
        if (text is null && method != HttpMethod.Get && method != HttpMethod.Head && random.Next(4) == 0)
            text = Odd.Text(random);
        return (method, path, text, headers);
    }

    private string Path(Random random, string path)
    {
        while (path.IndexOf("{{", StringComparison.Ordinal) is var from and >= 0)
        {
            var thing = random.Next(3) == 0 ? Odd.Text(random) : _things[random.Next(_things.Length)];
            path = path[..from] + Uri.EscapeDataString(thing) + path[(path.IndexOf("}}", StringComparison.Ordinal) + 2)..];
        }
        if (random.Next(8) == 0)
        {
            var parts = path.Split('/');
            var at = random.Next(1, parts.Length);
            parts[at] = random.Next(3) switch { 0 => "..", 1 => Uri.EscapeDataString(Odd.Text(random)), _ => _things[random.Next(_things.Length)] };
            path = string.Join('/', parts);
        }
        string[] names = ["limit", "after", "agent", "state", "from", "to", "by", "count", "type", "work", "cron", "every", "at", "timezone", "all", "done", "unread", "session", "name", "x"];
        for (var times = random.Next(3) == 0 ? random.Next(1, 4) : 0; times > 0; times--)
            path += $"{(path.Contains('?') ? '&' : '?')}{names[random.Next(names.Length)]}={Uri.EscapeDataString(random.Next(3) == 0 ? _things[random.Next(_things.Length)] : Odd.Text(random))}";
        return path.Length > 6_000 ? path[..6_000] : path;
    }

    private void Judge(int number, int status, string answer, string request)
    {
        _statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
        // 505 is the server's word for a version that is none; nothing of ours has seen the request.
        if (status is >= 500 and not 505)
            Fail(number, $"{status} {Cut(answer)}", request);
        if (answer.Contains(Secret, StringComparison.OrdinalIgnoreCase))
            Fail(number, $"shows another agent's data: {Cut(answer)}", request);
    }

    private void Fail(int number, string what, string request)
    {
        if (_failures.Count < 100)
            _failures.Enqueue($"#{number}: {what} <- {request}");
    }

    private static string Cut(string? text) => text is null ? "" : text.Length > 600 ? text[..600] + "…" : text;

    private static HttpRequestMessage With(HttpMethod method, string path, string? body)
        => new(method, path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
}
