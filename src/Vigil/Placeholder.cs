namespace Vigil;

internal static class Placeholder;
