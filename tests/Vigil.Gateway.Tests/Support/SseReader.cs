namespace Vigil.Gateway.Tests.Support;

/// <summary>Reads a stream of server-sent events frame by frame, comments included.</summary>
internal sealed class SseReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private SseReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _lines = new StreamReader(body);
    }

    public static async Task<SseReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new SseReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next frame, or null when the stream has ended.</summary>
    public async Task<string?> FrameAsync()
    {
        var frame = new List<string>();
        while (await _lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0 && frame.Count > 0)
                return string.Join('\n', frame);
            if (line.Length > 0)
                frame.Add(line);
        }
        return null;
    }

    /// <summary>The next frame that carries an event.</summary>
    public async Task<SseEvent?> EventAsync()
    {
        while (await FrameAsync() is { } frame)
        {
            var fields = frame.Split('\n').Where(line => !line.StartsWith(':')).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
            if (fields.TryGetValue("data", out var data))
                return new SseEvent(fields.GetValueOrDefault("id"), fields.GetValueOrDefault("event"), data);
        }
        return null;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}

internal sealed record SseEvent(string? Id, string? Type, string Data);
