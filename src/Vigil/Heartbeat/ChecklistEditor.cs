using System.Security.Cryptography;
using System.Text;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Heartbeat;

/// <summary>HEARTBEAT.md for people who edit it somewhere else than in its file: agents edit it too, so a text goes in only over the one that was read.</summary>
public sealed class ChecklistEditor
{
    private readonly VigilHome _home;

    internal ChecklistEditor(VigilHome home) => _home = home;

    /// <summary>The text; an empty one when there is no file.</summary>
    /// <exception cref="FaultException">The file is there and cannot be read.</exception>
    public async Task<ChecklistText> ReadAsync(AgentId agent, CancellationToken cancellationToken)
    {
        if (!Path.Exists(Path.Combine(_home.Workspace(agent), ChecklistFile.Name)))
            return ChecklistText.Of("");
        var opened = Workspace.Of(_home, agent).OpenRead(Place());
        if (opened.Value is null)
            throw new FaultException(Unreadable(opened.Problem!));
        await using var stream = opened.Value;
        if (stream.Length > Checklist.MaxBytes)
            throw new FaultException(Unreadable($"It has {stream.Length} bytes; at most {Checklist.MaxBytes} are taken."));
        using var reader = new StreamReader(stream);
        return ChecklistText.Of(await reader.ReadToEndAsync(cancellationToken));
    }

    /// <param name="version">Of the text that was read.</param>
    /// <returns>Null, or why the file stays as it is: too large, changed meanwhile, or it cannot be written.</returns>
    public async Task<Fault?> WriteAsync(AgentId agent, string text, string version, CancellationToken cancellationToken)
    {
        // Forms send the line ends of the network.
        var written = text.ReplaceLineEndings("\n");
        if (Checklist.Read(written).Fault is { } tooLarge)
            return tooLarge;
        var workspace = Workspace.Of(_home, agent);
        using var held = await workspace.LockAsync(Place(), cancellationToken);
        if ((await ReadAsync(agent, cancellationToken)).Version != version)
        {
            return new Fault("checklist_changed", "HEARTBEAT.md was changed meanwhile, by the agent or by somebody else.", "Compare with the text as it is now, then save again.")
            {
                Kind = FaultKind.Conflict,
            };
        }
        return workspace.Write(Place(), written) is { } problem ? Unreadable(problem) : null;
    }

    private static WorkspacePath Place() => WorkspacePath.Resolve(ChecklistFile.Name, out var path, out var problem) ? path : throw new InvalidOperationException(problem);

    private static Fault Unreadable(string problem) => new("checklist_unreadable", $"HEARTBEAT.md cannot be used: {problem}", "Mend the file; beats fail until then.") { Kind = FaultKind.Conflict };
}

/// <param name="Version">Another text has another one.</param>
public sealed record ChecklistText(string Text, string Version)
{
    internal static ChecklistText Of(string text) => new(text, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8)));
}
