using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Dashboard.Agents;
using Vigil.Gateway.Dashboard.Assets;
using Vigil.Gateway.Dashboard.Beats;
using Vigil.Gateway.Dashboard.Chat;
using Vigil.Gateway.Dashboard.Cost;
using Vigil.Gateway.Dashboard.Cron;
using Vigil.Gateway.Dashboard.Inbox;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Setup;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Gateway.Dashboard.SystemPage;
using Vigil.Gateway.Dashboard.Today;
using Vigil.Gateway.Dashboard.Works;
using Vigil.Keys;

namespace Vigil.Gateway.Dashboard;

/// <summary>The pages, each mapped by the file of its folder. How one is added stands in docs/dashboard.md.</summary>
internal static class DashboardRoutes
{
    public static void AddDashboard(this IServiceCollection services)
    {
        services.AddSingleton<PageFrames>();
        services.AddSingleton<AgentSearch>();
        services.AddSingleton<TodayReader>();
        services.AddSingleton<CostReader>();
        services.AddSingleton<SystemReader>();
    }

    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        routes.MapAssets();
        routes.MapPost("/theme", SetTheme).AsForm(KeyScopes.None);
        routes.MapToday();
        routes.MapInboxPages();
        routes.MapChatPages();
        routes.MapWorksPages();
        routes.MapHeartbeatsPages();
        routes.MapSchedulesPages();
        routes.MapAgentsPages();
        routes.MapCostPages();
        routes.MapSetup();
        routes.MapSystemPages();
    }

    private static async Task<IResult> SetTheme(HttpContext context, CancellationToken cancellationToken)
    {
        var form = await context.Request.ReadFormAsync(cancellationToken);
        Themes.Set(context, form["theme"]);
        return PageAnswer.GoTo(PageAnswer.ReturnPath(form, "/"));
    }
}
