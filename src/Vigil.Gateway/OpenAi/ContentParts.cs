using Microsoft.Extensions.AI;

namespace Vigil.Gateway.OpenAi;

/// <summary>The content of a message, text or a list of parts, as the model will get it.</summary>
internal static class ContentParts
{
    private const string DataPrefix = "data:";

    public static IList<AIContent> Read(Field content)
    {
        if (content.IsText)
            return [new TextContent(content.Value.GetString())];
        if (!content.IsList)
            throw content.Bad("is neither text nor a list of parts", "Send a string, or a list of parts.");
        var parts = content.Items.Select(Part).ToList();
        return parts.Count > 0 ? parts : throw content.Bad("is empty", "Send at least one part.");
    }

    private static AIContent Part(Field part)
    {
        if (!part.IsObject)
            throw part.Bad("is no object", "A part is { \"type\": \"text\", \"text\": \"…\" }.");
        switch (part["type"].Text())
        {
            case "text" or "input_text" or "output_text":
                return new TextContent(part["text"].Text() ?? throw part["text"].Bad("is missing", "Send a string."));
            case "refusal":
                return new TextContent(part["refusal"].Text() ?? "");
            case "image_url":
                return Image(part["image_url"].IsText ? part["image_url"] : part["image_url"]["url"], part);
            case "input_image" when !part["file_id"].IsAbsent:
                throw part.Bad("names an uploaded file, and there are none here", "Send the image itself in 'image_url'.");
            case "input_image":
                return Image(part["image_url"], part);
            case "input_audio":
                var sound = part["input_audio"];
                var type = sound["format"].Text() switch
                {
                    "wav" => "audio/wav",
                    "mp3" => "audio/mpeg",
                    _ => throw part.Bad("has an unknown format of sound", "Send wav or mp3."),
                };
                return new DataContent(Bytes(sound["data"].RequiredText(), part), type);
            case "file":
                return File(part["file"], part);
            case "input_file":
                return File(part, part);
            case var unknown:
                throw part.Bad($"is of the unknown type '{unknown}'", "Known: text, image_url, input_audio, file; under /v1/responses input_text, input_image, input_file.");
        }
    }

    private static AIContent Image(Field address, Field part)
    {
        var text = address.Text();
        if (string.IsNullOrWhiteSpace(text))
            throw part.Bad("names no image", "Send a data: or https: address.");
        if (text.StartsWith(DataPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var data = Data(text, part);
            return data.HasTopLevelMediaType("image") ? data : throw part.Bad("is no image", "Send data:image/…;base64,…");
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0
            ? new UriContent(uri, "image/*")
            : throw part.Bad("has a bad image address", "Send a data: or https: address without credentials.");
    }

    private static DataContent File(Field file, Field part)
    {
        if (file["file_data"].Text() is not { Length: > 0 } text)
            throw part.Bad("holds no file", "Send it in 'file_data' as data:…;base64,…");
        var data = Data(text, part);
        data.Name = file["filename"].Text();
        return data;
    }

    private static DataContent Data(string address, Field part)
    {
        var comma = address.IndexOf(',', StringComparison.Ordinal);
        var head = comma < 0 ? "" : address[DataPrefix.Length..comma];
        if (!address.StartsWith(DataPrefix, StringComparison.OrdinalIgnoreCase) || !head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw part.Bad("has a bad data address", "Send data:image/png;base64,…");
        try
        {
            return new DataContent(Bytes(address[(comma + 1)..], part), head[..^";base64".Length]);
        }
        catch (ArgumentException)
        {
            throw part.Bad("has a bad media type", "Send data:image/png;base64,…");
        }
    }

    private static byte[] Bytes(string base64, Field part)
    {
        var bytes = new byte[base64.Length / 4 * 3 + 3];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length > 0 ? bytes[..length] : throw part.Bad("has broken base64", "Encode the whole content as base64.");
    }
}
