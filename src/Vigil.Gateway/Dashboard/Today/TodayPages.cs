using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;

namespace Vigil.Gateway.Dashboard.Today;

internal static class TodayPages
{
    public static void MapToday(this IEndpointRouteBuilder routes) => routes.MapGet("/", ShowAsync).AsPage();

    private static async Task<IResult> ShowAsync(HttpContext context, TodayReader reader, string? day, string? find, string? after)
        => PageAnswer.Show<TodayPage, TodayModel>(await reader.ReadAsync(Caller.Of(context), day, AgentSearch.Words(find), after, context.RequestAborted));
}
