namespace Vigil.Turns;

/// <summary>Shows nothing of a turn before its beginning is on the disk, which it waits for while the model thinks.</summary>
internal sealed class KeptFirst(ITurnObserver inner, Task onDisk) : ITurnObserver
{
    public async ValueTask BegunAnewAsync(string why)
    {
        await onDisk;
        await inner.BegunAnewAsync(why);
    }

    public async ValueTask TextAsync(string text)
    {
        await onDisk;
        await inner.TextAsync(text);
    }

    public async ValueTask ReasoningAsync(string text)
    {
        await onDisk;
        await inner.ReasoningAsync(text);
    }

    public async ValueTask ToolStartedAsync(string name, string summary)
    {
        await onDisk;
        await inner.ToolStartedAsync(name, summary);
    }

    public async ValueTask ToolEndedAsync(string name, bool failed, TimeSpan duration)
    {
        await onDisk;
        await inner.ToolEndedAsync(name, failed, duration);
    }
}
