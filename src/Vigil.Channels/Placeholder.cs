namespace Vigil.Channels;

internal static class Placeholder;
