using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Agents;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Chats;
using Vigil.Gateway.Cron;
using Vigil.Gateway.Cost;
using Vigil.Gateway.Dashboard;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Events;
using Vigil.Gateway.Headers;
using Vigil.Gateway.Inbox;
using Vigil.Gateway.Health;
using Vigil.Gateway.Heartbeat;
using Vigil.Gateway.Hooks;
using Vigil.Gateway.OpenAi;
using Vigil.Gateway.OpenApi;
using Vigil.Gateway.Pages;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Routes;
using Vigil.Gateway.Sessions;
using Vigil.Gateway.Stopping;
using Vigil.Gateway.Works;
using Vigil.Settings;

namespace Vigil.Gateway;

/// <summary>Maps the HTTP side.</summary>
public static class GatewayRoutes
{
    /// <summary>What a request passes through, from the outside in, and every path there is.</summary>
    public static WebApplication MapVigil(this WebApplication app)
    {
        if (app.Services.GetRequiredService<ISettings>().Current.Gateway.BehindProxy)
            app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ErrorBoundary>();
        var gate = app.Services.GetRequiredService<StopGate>();
        app.Use((context, next) => gate.RunAsync(context, next));
        app.UseMiddleware<AllowedOrigins>();
        app.UseRouting();
        app.UseMiddleware<Authentication>();
        app.UseMiddleware<PersonZone>();

        app.MapHealth();
        app.MapSignIn();
        app.MapDashboard();
        app.MapStatus();
        app.MapKeys();
        app.MapEvents();
        app.MapBackup();
        app.MapDoctor();
        app.MapAgents();
        app.MapRoutes();
        app.MapWork();
        app.MapWhy();
        app.MapHeartbeats();
        app.MapWake();
        app.MapLedger();
        app.MapInbox();
        app.MapSessions();
        app.MapChat();
        app.MapCron();
        app.MapHooks();
        app.MapOpenAi();
        app.MapDescription();
        return app;
    }
}
