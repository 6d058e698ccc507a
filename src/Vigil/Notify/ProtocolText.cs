namespace Vigil.Notify;

/// <summary>
/// Words of text protocols that prompts from elsewhere bring along. Only a whole text can be one; a part of a text never is.
/// </summary>
public static class ProtocolText
{
    private static readonly string[] Silence = ["NO_REPLY", "HEARTBEAT_OK"];

    /// <summary>
    /// Whether the whole text, apart from blanks, emphasis and code marks around it and a closing stop, says "nothing to say".
    /// </summary>
    public static bool IsSilenceToken(string? text)
    {
        if (text is null)
            return false;
        var bare = text.AsSpan().Trim(" \t\r\n\u00a0*`").TrimEnd(".!").Trim(" \t\r\n\u00a0*`");
        foreach (var token in Silence)
        {
            if (bare.Equals(token, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
