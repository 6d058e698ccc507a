namespace Vigil.Tools.Spawn;

/// <summary>How many sub-agents each run has at work.</summary>
internal sealed class SpawnLimits
{
    public const int Deepest = 2;
    public const int AtOnce = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);

    /// <summary>A place that is given back on dispose, or null when all are taken.</summary>
    public IDisposable? TryEnter(string runId)
    {
        lock (_lock)
        {
            var running = _running.GetValueOrDefault(runId);
            if (running >= AtOnce)
                return null;
            _running[runId] = running + 1;
            return new Place(this, runId);
        }
    }

    private void Leave(string runId)
    {
        lock (_lock)
        {
            if (--_running[runId] == 0)
                _running.Remove(runId);
        }
    }

    private sealed class Place(SpawnLimits limits, string runId) : IDisposable
    {
        private SpawnLimits? _limits = limits;

        public void Dispose() => Interlocked.Exchange(ref _limits, null)?.Leave(runId);
    }
}
