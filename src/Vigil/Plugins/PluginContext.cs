using System.Reflection;
using System.Runtime.Loader;

namespace Vigil.Plugins;

/// <summary>Where one extension and its own dependencies live. Whatever the gateway has itself is taken from the gateway, so that a contract is one type on both sides.</summary>
internal sealed class PluginContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
{
    private readonly AssemblyDependencyResolver _own = new(path);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (Exception missing) when (missing is FileNotFoundException or FileLoadException && _own.ResolveAssemblyToPath(assemblyName) is { } own && !IsContract(assemblyName))
        {
            return LoadFromAssemblyPath(own);
        }
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
        => _own.ResolveUnmanagedDllToPath(unmanagedDllName) is { } own ? LoadUnmanagedDllFromPath(own) : 0;

    // A second copy would bring second types of the same names, which fit nowhere.
    private static bool IsContract(AssemblyName assembly) => assembly.Name == typeof(IVigilPlugin).Assembly.GetName().Name;
}
