using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vigil.Gateway.Admin;
using Vigil.Settings;
using Vigil.Telemetry;

namespace Vigil.Gateway.Telemetry;

/// <summary>Sends traces and metrics to <c>telemetry.otlp</c>, when that is set. Read once: a change takes effect at the next start.</summary>
internal sealed class OtlpExport(ISettings settings, ILogger<OtlpExport> logger) : IHostedService, IDisposable
{
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Current.Telemetry.Otlp is not { Length: > 0 } address)
            return Task.CompletedTask;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint))
        {
            logger.LogWarning("telemetry.otlp is no address; nothing is exported");
            return Task.CompletedTask;
        }
        var resource = ResourceBuilder.CreateEmpty().AddService("vigil", serviceVersion: GatewayVersion.Text, serviceInstanceId: Environment.MachineName);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(VigilTelemetry.Name, "Microsoft.AspNetCore")
            .AddOtlpExporter(options => options.Endpoint = endpoint)
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(VigilTelemetry.Name, "Microsoft.AspNetCore.Hosting", "System.Runtime")
            .AddOtlpExporter(options => options.Endpoint = endpoint)
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // An exporter that cannot be reached must not hold up the stop.
        _traces?.ForceFlush(1000);
        _metrics?.ForceFlush(1000);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
