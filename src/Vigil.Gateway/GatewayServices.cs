using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Agents;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Chats;
using Vigil.Gateway.Dashboard;
using Vigil.Gateway.Hooks;
using Vigil.Gateway.Listening;
using Vigil.Gateway.OpenAi;
using Vigil.Gateway.OpenApi;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Stopping;
using Vigil.Gateway.Telemetry;
using Vigil.Settings;

namespace Vigil.Gateway;

/// <summary>Registers the HTTP side.</summary>
public static class GatewayServices
{
    /// <summary>Beyond what running works and requests are given: the rest of the stop must fit into it.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    /// <summary>The HTTP side. Settings, store, keys, scheduling and a <see cref="TimeProvider"/> are registered by others; <see cref="GatewayRoutes.MapVigil"/> is its counterpart.</summary>
    public static WebApplicationBuilder AddVigilGateway(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var services = builder.Services;
        services.AddOptions<KestrelServerOptions>()
            .Configure<ISettings, VigilHome>((kestrel, settings, home) => KestrelSetup.Apply(kestrel, settings.Current.Gateway, home));
        services.AddOptions<HostOptions>().Configure<ISettings>((host, settings) => host.ShutdownTimeout = settings.Current.Gateway.Work.StopWithin + s_rest);
        services.AddOptions<ForwardedHeadersOptions>().Configure(UseOneProxy);
        services.AddRoutingCore();
        services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in StrictJson.Options.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        services.AddVigilOpenApi();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<GatewayLife>();
        services.AddSingleton<FailedSignIns>();
        services.AddOpenAi();
        services.AddSingleton<DashboardSessions>();
        services.AddDashboard();
        services.AddSingleton<HookRates>();
        services.AddSingleton<AgentSurvey>();
        services.AddSingleton<SpendLimit>();
        services.AddSingleton<StopGate>();
        services.AddHostedService(provider => provider.GetRequiredService<StopGate>());
        services.AddSingleton<TurnsInHand>();
        services.AddHostedService(provider => provider.GetRequiredService<TurnsInHand>());
        services.AddHostedService<OtlpExport>();
        return builder;
    }

    // The person said that a proxy stands in front; which address it has is not asked. Only its own, last entry counts.
    private static void UseOneProxy(ForwardedHeadersOptions options)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        options.ForwardLimit = 1;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
    }
}
