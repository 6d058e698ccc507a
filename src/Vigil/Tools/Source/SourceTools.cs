using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vigil.Tools.Source;

/// <summary>The tools by which a work answers its source, and how to read what they were called with.</summary>
public static class SourceTools
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static ITool NotifyUser { get; } = new NotifyUserTool();

    public static ITool Escalate { get; } = new EscalateTool();

    public static ITool FollowUp(TimeProvider time) => new FollowUpTool(time);

    public static NotifyIntent ReadNotify(ToolIntent intent) => Read<NotifyIntent>(intent);

    public static FollowUpIntent ReadFollowUp(ToolIntent intent) => Read<FollowUpIntent>(intent);

    public static EscalateIntent ReadEscalate(ToolIntent intent) => Read<EscalateIntent>(intent);

    private static T Read<T>(ToolIntent intent) => intent.Value.Deserialize<T>(Json) ?? throw new JsonException($"The intent '{intent.Kind}' is empty.");
}
