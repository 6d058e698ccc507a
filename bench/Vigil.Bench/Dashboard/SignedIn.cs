using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Vigil.Bench.Agents;

namespace Vigil.Bench.Dashboard;

/// <summary>A browser without a screen: the cookie of a one-time link, and pages one after the other.</summary>
internal sealed class SignedIn : IDisposable
{
    private readonly HttpClient _http;

    private SignedIn(HttpClient http) => _http = http;

    public static async Task<SignedIn> OpenAsync(BenchGateway gateway, string? key = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = gateway.Http.BaseAddress };
        (await http.GetAsync(await LinkAsync(gateway, key))).EnsureSuccessStatusCode();
        return new SignedIn(http);
    }

    public static async Task<Uri> LinkAsync(BenchGateway gateway, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/signin-links");
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        using var link = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return new Uri(link.RootElement.GetProperty("url").GetString()!);
    }

    /// <summary>The whole page, and how long it took to its last byte.</summary>
    public async Task<(double Milliseconds, string Text)> PageAsync(string path)
    {
        var begin = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(path.StartsWith("/api/", StringComparison.Ordinal) ? "application/json" : "text/html");
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var taken = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? (taken, text) : throw new InvalidOperationException($"{path}: {answer.StatusCode} {text}");
    }

    /// <summary>The live stream, as an open page holds it.</summary>
    public async Task<Stream> LiveAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStreamAsync();
    }

    public void Dispose() => _http.Dispose();
}
