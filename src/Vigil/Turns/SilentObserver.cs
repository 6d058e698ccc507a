namespace Vigil.Turns;

/// <summary>Nobody watches.</summary>
internal sealed class SilentObserver : ITurnObserver
{
    public static SilentObserver Instance { get; } = new();
}
