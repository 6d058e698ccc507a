namespace Vigil.Testing;

internal static class Placeholder;
