using Vigil.Settings;

namespace Vigil.Cli.Demo;

/// <summary>The throw-away home: three agents, a script for the model, and plain files for their probes. It lies in the machine's temporary directory and is gone at the end.</summary>
internal sealed class DemoHome : IDisposable
{
    private const string Prefix = "demo/";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-demo-");

    public DemoHome()
    {
        var assembly = typeof(DemoHome).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var packed = assembly.GetManifestResourceStream(name)!;
            // The build names directories as its own system does.
            var file = Path.Combine([_directory.FullName, .. name[Prefix.Length..].Split('/', '\\')]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var written = File.Create(file);
            packed.CopyTo(written);
        }
    }

    public VigilHome Home => new(_directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);
}
