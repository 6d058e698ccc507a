using Vigil.Settings;

namespace Vigil.Gateway.Tests.Support;

/// <summary>Settings that only a test changes.</summary>
internal sealed class FixedSettings : ISettings
{
    public VigilSettings Current { get; set; } = new() { Gateway = new GatewaySettings { Port = 0 } };

    public GatewaySettings Gateway
    {
        get => Current.Gateway;
        set => Current = Current with { Gateway = value };
    }

    public IReadOnlyList<SettingsError> Errors => [];

    public long Version => 1;

    public event Action? Changed
    {
        add { }
        remove { }
    }
}
