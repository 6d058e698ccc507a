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
    private Exporters? _exporters;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Current.Telemetry.Otlp is not { Length: > 0 } address)
            return Task.CompletedTask;
        if (Uri.TryCreate(address, UriKind.Absolute, out var endpoint))
            _exporters = new Exporters(endpoint);
        else
            logger.LogWarning("telemetry.otlp is no address; nothing is exported");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // An exporter that cannot be reached must not hold up the stop.
        _exporters?.Flush(1000);
        return Task.CompletedTask;
    }

    public void Dispose() => _exporters?.Dispose();

    // A class of its own, so that a gateway that exports nothing does not load the exporter's assemblies.
    private sealed class Exporters : IDisposable
    {
        private readonly TracerProvider _traces;
        private readonly MeterProvider _metrics;

        public Exporters(Uri endpoint)
        {
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
        }

        public void Flush(int milliseconds)
        {
            _traces.ForceFlush(milliseconds);
            _metrics.ForceFlush(milliseconds);
        }

        public void Dispose()
        {
            _traces.Dispose();
            _metrics.Dispose();
        }
    }
}
