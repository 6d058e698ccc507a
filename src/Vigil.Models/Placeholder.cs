namespace Vigil.Models;

internal static class Placeholder;
