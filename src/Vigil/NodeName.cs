namespace Vigil;

/// <summary>The name of this process among the gateways on one store; a new one at each start, so that what a dead process held is never taken for ours.</summary>
public sealed record NodeName(string Value)
{
    public static NodeName New(TimeProvider time) => new($"{Environment.MachineName.ToLowerInvariant()}-{Environment.ProcessId}-{NewId.Make("", time)[^6..]}");

    public override string ToString() => Value;
}
