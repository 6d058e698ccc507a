using System.Reflection;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Plugins;

/// <summary>Loads plug-ins.</summary>
public static class PluginLoading
{
    /// <summary>Loads the assemblies that vigil.json lists and lets them register, in the order of the list. A change of the list counts at the next start.</summary>
    /// <exception cref="FaultException">One is missing, is no plug-in, or failed; the fault names it. Nothing starts without it: a gate that is not there would let everything through.</exception>
    public static IServiceCollection AddVigilPlugins(this IServiceCollection services, VigilHome home, VigilSettings settings, ISecrets secrets)
    {
        var files = settings.Plugins;
        var loaded = new List<LoadedPlugin>();
        for (var i = 0; i < files.Count; i++)
        {
            var (file, key) = (files[i], $"plugins[{i}]");
            var path = Path.Combine(home.Plugins, file);
            var type = TypeOf(path, key, new PluginContext(path));
            try
            {
                ((IVigilPlugin)Activator.CreateInstance(type)!).Register(services, new PluginSettings(settings.PluginSettings.GetValueOrDefault(file)?.DeepClone().AsObject() ?? [], secrets));
            }
            catch (Exception failed)
            {
                throw Broken(file, key, $"its registration failed with {Said(failed)}", "Mend the plug-in, or take it out of plugins in vigil.json.", failed);
            }
            loaded.Add(new LoadedPlugin(file, type.Assembly.GetName().Version?.ToString() ?? "0", type.FullName!));
        }
        return services.AddSingleton(new LoadedPlugins(loaded));
    }

    /// <summary>What a start would say of one, without making anything of it; null when it would be loaded.</summary>
    internal static Fault? Check(VigilHome home, string file, string key)
    {
        var path = Path.Combine(home.Plugins, file);
        var context = new PluginContext(path, isCollectible: true);
        try
        {
            TypeOf(path, key, context);
            return null;
        }
        catch (FaultException broken)
        {
            return broken.Fault;
        }
        finally
        {
            context.Unload();
        }
    }

    private static Type TypeOf(string path, string key, PluginContext context)
    {
        var file = Path.GetFileName(path);
        if (!File.Exists(path))
            throw new FaultException(new Fault("plugin_missing", $"{key} in vigil.json names {file}, and there is no {path}.", "Put it there, or take it out of plugins.", key) { Kind = FaultKind.Unavailable });
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherWrite) != 0)
            throw Broken(file, key, "everybody on this machine can write it, and it runs with all rights of the gateway", $"chmod o-w {path}");
        Type[] types;
        try
        {
            var assembly = context.LoadFromAssemblyPath(path);
            // .NET Framework and .NET Standard look alike until something is missing at run time.
            if (assembly.GetCustomAttribute<TargetFrameworkAttribute>()?.FrameworkName is { } target && !target.StartsWith(".NETCoreApp,", StringComparison.Ordinal) && !target.StartsWith(".NETStandard,", StringComparison.Ordinal))
                throw new BadImageFormatException($"its target is {target}");
            types = assembly.GetTypes();
        }
        catch (Exception failed)
        {
            throw Broken(file, key, $"it cannot be loaded: {Said(failed)}", "Build it for .NET 10 against this version of Vigil; docs/plugins.md says how.", failed);
        }
        var plugins = types.Where(type => type is { IsAbstract: false, IsPublic: true } && type.IsAssignableTo(typeof(IVigilPlugin))).ToList();
        return plugins switch
        {
            [var only] when only.GetConstructor(Type.EmptyTypes) is not null => only,
            [var only] => throw Broken(file, key, $"{only.FullName} has no public constructor without parameters", "Add one; services come with Register."),
            [] => throw Broken(file, key, "no public class in it implements IVigilPlugin", "docs/plugins.md shows one."),
            _ => throw Broken(file, key, $"several classes implement IVigilPlugin: {string.Join(", ", plugins.Select(type => type.FullName))}", "Leave one public."),
        };
    }

    private static FaultException Broken(string file, string key, string how, string hint, Exception? cause = null)
        => new(new Fault("plugin_broken", $"The plug-in {file} ({key} in vigil.json) is broken: {how}.", hint, key) { Kind = FaultKind.Unavailable }, cause);

    private static string Said(Exception failed)
    {
        var cause = failed is ReflectionTypeLoadException { LoaderExceptions: [{ } first, ..] } ? first : failed is TargetInvocationException { InnerException: { } inner } ? inner : failed;
        return $"{cause.GetType().Name}, {cause.Message.Split('\n', 2)[0].TrimEnd('.', '\r')}";
    }
}
