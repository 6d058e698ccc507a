using System.Text;
using ModelContextProtocol.Protocol;

namespace Vigil.Tools.Mcp;

/// <summary>What a server answered, as text: texts as they are, everything else named by kind and size.</summary>
internal static class McpResultText
{
    public static ToolResult Of(CallToolResult result)
    {
        var text = new StringBuilder();
        foreach (var block in result.Content ?? [])
        {
            if (text.Length > 0)
                text.Append('\n');
            text.Append(Of(block));
        }
        // Servers repeat structured content as text for clients that know no better; it is read only where they do not.
        if (text.Length == 0 && result.StructuredContent is { } structured)
            text.Append(structured.GetRawText());
        return new ToolResult(text.Length > 0 ? text.ToString() : "[no content]") { IsError = result.IsError == true };
    }

    private static string Of(ContentBlock block) => block switch
    {
        TextContentBlock text => text.Text,
        ImageContentBlock image => $"[image, {image.MimeType}, {Size(image.Data.Length)}]",
        AudioContentBlock audio => $"[audio, {audio.MimeType}, {Size(audio.Data.Length)}]",
        ResourceLinkBlock link => $"[link: {link.Name}, {link.Uri}]",
        EmbeddedResourceBlock { Resource: TextResourceContents resource } => $"[resource {resource.Uri}]\n{resource.Text}",
        EmbeddedResourceBlock { Resource: var resource } => $"[resource {resource.Uri}, {resource.MimeType ?? "binary"}]",
        _ => $"[{block.Type}]",
    };

    // The data is base64: four characters for three bytes.
    private static string Size(int characters) => $"{Math.Max(1, characters * 3 / 4 / 1000)} kB";
}
