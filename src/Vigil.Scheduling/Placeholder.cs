namespace Vigil.Scheduling;

internal static class Placeholder;
