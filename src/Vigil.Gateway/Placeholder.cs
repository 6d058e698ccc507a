namespace Vigil.Gateway;

internal static class Placeholder;
