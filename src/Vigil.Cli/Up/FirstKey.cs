using Vigil.Errors;
using Vigil.Gateway.Listening;
using Vigil.Keys;
using Vigil.Settings;

namespace Vigil.Cli.Up;

/// <summary>The key that the first start makes: it opens everything and lies where only the owner can read it; commands on this machine find it there.</summary>
internal sealed class FirstKey(VigilHome home, IKeyStore keys, Redaction redaction, TimeProvider time)
{
    /// <summary>The key of <c>secrets/gateway.key</c>, made when it is not there, and made anew when it was revoked.</summary>
    public async Task<ApiKey> EnsureAsync(CancellationToken cancellationToken)
    {
        var text = Read() ?? Make();
        var key = await RegisterAsync(text, cancellationToken);
        return key.IsLive(time.GetUtcNow()) ? key : await RegisterAsync(Make(), cancellationToken);
    }

    /// <exception cref="FaultException">The address asks for more than is set; the fault says what to set.</exception>
    public async Task CheckBindAsync(GatewaySettings gateway, ApiKey first, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var hasOwn = (await keys.ListAsync(cancellationToken)).Any(key => key.Id != first.Id && key.IsLive(now));
        if (BindRule.Check(gateway, hasOwn) is { } refused)
            throw new FaultException(refused);
    }

    private async Task<ApiKey> RegisterAsync(string text, CancellationToken cancellationToken)
    {
        redaction.Add(text);
        return await keys.EnsureAsync(text, new NewApiKey("gateway", KeyScopes.All), cancellationToken);
    }

    private string? Read()
    {
        if (!File.Exists(home.GatewayKeyFile))
            return null;
        try
        {
            var text = File.ReadAllText(home.GatewayKeyFile).Trim();
            return KeyText.IsKey(text) ? text : throw new FaultException(new Fault(
                "gateway_key_broken", $"{home.GatewayKeyFile} holds no key.", "Delete the file; the next start makes a new one.") { Kind = FaultKind.Unavailable });
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new FaultException(new Fault(
                "gateway_key_unreadable", $"{home.GatewayKeyFile} cannot be read by this user.", "Run as the user whose home it is.") { Kind = FaultKind.Unavailable }, cause);
        }
    }

    // The file first: a start that is cut short in between finds it and registers it then.
    private string Make()
    {
        var text = KeyText.NewKey();
        PrivateFiles.Write(home.GatewayKeyFile, text + "\n");
        return text;
    }
}
