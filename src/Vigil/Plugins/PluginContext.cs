using System.Reflection;
using System.Runtime.Loader;

namespace Vigil.Plugins;

/// <summary>Where one extension and its own dependencies live. Whatever the gateway has itself is taken from the gateway, so that a contract is one type on both sides.</summary>
internal sealed class PluginContext(string path, bool isCollectible = false) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path), isCollectible)
{
    // Made when it is needed: it refuses a path without a file.
    private readonly Lazy<AssemblyDependencyResolver> _own = new(() => new AssemblyDependencyResolver(path));

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (Exception missing) when (missing is FileNotFoundException or FileLoadException && _own.Value.ResolveAssemblyToPath(assemblyName) is { } own && !IsContract(assemblyName))
        {
            return LoadFromAssemblyPath(own);
        }
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
        => _own.Value.ResolveUnmanagedDllToPath(unmanagedDllName) is { } own ? LoadUnmanagedDllFromPath(own) : 0;

    // A second copy would bring second types of the same names, which fit nowhere.
    private static bool IsContract(AssemblyName assembly) => assembly.Name == typeof(IVigilPlugin).Assembly.GetName().Name;
}
