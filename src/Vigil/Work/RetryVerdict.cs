namespace Vigil.Work;

/// <summary>The note that a work waits to be tried again, among the verdicts of its gates: seen by <c>vigil why</c>, and counted over restarts.</summary>
internal static class RetryVerdict
{
    public const string Name = "retry";

    public static GateVerdict Of(string failure, DateTimeOffset now, DateTimeOffset until) => new(Name, "defer", Reasons.ModelError, now, 0, $"until {until:u}: {failure}");
}
