using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Vigil.Telemetry;

/// <summary>
/// The one activity source and the one meter, with the names of OpenTelemetry's conventions for generative AI. Nothing here carries
/// prompts, replies or secrets. Without a listener all of it costs next to nothing.
/// </summary>
public static class VigilTelemetry
{
    public const string Name = "Vigil";

    public static ActivitySource Activities { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);

    /// <summary>Seconds of one model call, by operation, provider, model and error.</summary>
    public static Histogram<double> ModelDuration { get; } = Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of a model call.");

    /// <summary>Tokens of one model call, by type (input, output), provider and model.</summary>
    public static Histogram<long> ModelTokens { get; } = Meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of a model call.");

    /// <summary>Finished works, by source, outcome and reason.</summary>
    public static Counter<long> WorksFinished { get; } = Meter.CreateCounter<long>("vigil.work.finished", "{work}", "Works that ended.");

    /// <summary>Deliveries that ended, by channel and state.</summary>
    public static Counter<long> Deliveries { get; } = Meter.CreateCounter<long>("vigil.delivery.ended", "{delivery}", "Deliveries that ended.");

    /// <summary>Begins the span of one model call: <c>chat {model}</c>.</summary>
    public static Activity? StartModelCall(string provider, string model, string agent)
    {
        var activity = Activities.StartActivity($"chat {model}", ActivityKind.Client);
        activity?.SetTag("gen_ai.operation.name", "chat");
        activity?.SetTag("gen_ai.provider.name", provider);
        activity?.SetTag("gen_ai.request.model", model);
        activity?.SetTag("gen_ai.agent.name", agent);
        return activity;
    }

    /// <summary>Begins the span of one tool call: <c>execute_tool {tool}</c>.</summary>
    public static Activity? StartToolCall(string tool, string callId)
    {
        var activity = Activities.StartActivity($"execute_tool {tool}");
        activity?.SetTag("gen_ai.operation.name", "execute_tool");
        activity?.SetTag("gen_ai.tool.name", tool);
        activity?.SetTag("gen_ai.tool.call.id", callId);
        return activity;
    }

    /// <summary>Closes the books on one model call: tags of the span and both histograms.</summary>
    /// <param name="error">A kind from a closed list, never message text.</param>
    public static void RecordModelCall(Activity? activity, string provider, string asked, string? used, TimeSpan duration, long input, long output, string? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", provider },
            { "gen_ai.request.model", asked },
        };
        if (used is not null)
            tags.Add("gen_ai.response.model", used);
        if (error is not null)
            tags.Add("error.type", error);
        ModelDuration.Record(duration.TotalSeconds, tags);
        if (error is null)
        {
            ModelTokens.Record(input, [.. tags, new("gen_ai.token.type", "input")]);
            ModelTokens.Record(output, [.. tags, new("gen_ai.token.type", "output")]);
        }
        activity?.SetTag("gen_ai.response.model", used);
        activity?.SetTag("gen_ai.usage.input_tokens", input);
        activity?.SetTag("gen_ai.usage.output_tokens", output);
        if (error is null)
            return;
        activity?.SetTag("error.type", error);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
