using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

/// <summary>Words in which tests about works are written.</summary>
internal static class WorkBed
{
    public static async Task<(int Status, JsonElement Body)> AskAsync(this EngineHost host, object body, HttpClient? client = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/work") { Content = JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await (client ?? host.Http).SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>Asks for a work and waits for its end.</summary>
    public static async Task<AgentWork> RunAsync(this EngineHost host, object body)
    {
        var (status, answer) = await host.AskAsync(body);
        Assert.True(status == 202, answer.ToString());
        return await host.EndAsync(answer.GetProperty("id").GetString()!);
    }

    public static async Task<AgentWork> EndAsync(this EngineHost host, string id)
        => (await host.UntilAsync(async () => await host.Get<IWorkStore>().GetAsync(id, default), work => work is { State: WorkState.Finished }))!;

    /// <summary>A task from outside: it speaks by the tool alone and nobody waits for its answer.</summary>
    public static async Task<AgentWork> TaskAsync(this EngineHost host, string prompt = "Look.")
    {
        using var response = await host.Http.PostAsJsonAsync("/hooks/task", new { agent = "main", prompt });
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True((int)response.StatusCode == 202, answer.ToString());
        return await host.EndAsync(answer.GetProperty("id").GetString()!);
    }

    public static Task<JsonElement> ShowAsync(this EngineHost host, string id) => host.Http.GetFromJsonAsync<JsonElement>($"/api/work/{id}");

    public static async Task<string> WhyAsync(this EngineHost host, string id) => await host.Http.GetStringAsync($"/api/why/{id}");

    /// <summary>Speaks the way a model does: with the tool, then a last word.</summary>
    public static void Says(this EngineHost host, string text, string? urgency = null, string? topic = null, string reply = "Done.")
    {
        var arguments = new Dictionary<string, object?> { ["text"] = text };
        if (urgency is not null)
            arguments["urgency"] = urgency;
        if (topic is not null)
            arguments["topic"] = topic;
        host.Model.Client.EnqueueCall("notify_user", arguments).Enqueue(reply);
    }

    public static void Notify(this EngineHost host, Func<NotifySettings, NotifySettings> change)
        => host.Settings.Current = host.Settings.Current with { Notify = change(host.Settings.Current.Notify) };

    /// <summary>A channel that the test plays, with one target that is the owner's.</summary>
    public static FakeChannel AddChannel(this EngineHost host, string kind = "fake")
    {
        var channel = new FakeChannel(kind);
        host.More += services => services.AddSingleton<IChannel>(channel);
        host.Notify(notify => notify with
        {
            Owner = [.. notify.Owner, $"{kind}:phone"],
            Channels = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>>(notify.Channels) { [kind] = new Dictionary<string, JsonObject> { ["phone"] = [] } },
        });
        return channel;
    }
}

internal sealed class FakeChannel(string kind) : IChannel
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Outgoing> _sent = new();
    private readonly Channel<Outgoing> _arrivals = Channel.CreateUnbounded<Outgoing>();

    public string Kind => kind;

    public IReadOnlyList<string> Texts => [.. _sent.Select(one => one.Notification.Text)];

    public IReadOnlyList<Outgoing> Sent => [.. _sent];

    public Func<Outgoing, SendResult> Answer { get; set; } = _ => new SendResult.Delivered("r1");

    /// <summary>The next send that no earlier call of this method has returned.</summary>
    public async Task<Outgoing> NextAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        return await _arrivals.Reader.ReadAsync(patience.Token);
    }

    public bool RecognisesRepeats(JsonObject settings) => true;

    public string? Wrong { get; set; }

    public string? Check(JsonObject settings) => Wrong;

    public Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        // Read before the test can hear of it: an answer set after that is for the next one.
        var answer = Answer;
        _sent.Enqueue(outgoing);
        _arrivals.Writer.TryWrite(outgoing);
        return Task.FromResult(answer(outgoing));
    }
}

internal sealed class InputGate(Func<WorkContext, GateDecision> decide, string name = "test-gate", int order = 1) : IInputGate
{
    public string Name => name;

    public int Order => order;

    public ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken) => ValueTask.FromResult(decide(context));
}

internal sealed class OutputGate(Func<OutputContext, GateDecision> decide) : IOutputGate
{
    public string Name => "test-output";

    public int Order => 1;

    public ValueTask<GateDecision> DecideAsync(OutputContext context, CancellationToken cancellationToken) => ValueTask.FromResult(decide(context));
}
