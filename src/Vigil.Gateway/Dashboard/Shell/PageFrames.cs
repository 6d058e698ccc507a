using Microsoft.AspNetCore.Http;
using NodaTime;
using Vigil.Gateway.Auth;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>Makes the frame of a request's page.</summary>
public sealed class PageFrames(ISettings settings, IDayBook book, TimeProvider time)
{
    /// <summary>Where a request keeps the newest event of the moment before its page was read.</summary>
    public const string SeenItem = "vigil.seen";

    private const int MostUnread = 100;

    /// <summary>The person's zone.</summary>
    public DateTimeZone Zone => settings.Current.Timezone is { } named ? DateTimeZoneProviders.Tzdb[named] : Zones.Host();

    public async Task<PageFrame> MakeAsync(HttpContext context)
    {
        var frame = Bare(context);
        if (Caller.Find(context) is not { } caller)
            return frame;
        return frame with
        {
            Csrf = DashboardSessions.CsrfToken(context),
            Seen = context.Items[SeenItem] as long?,
            Unread = await book.UnreadAsync(caller.Agents, frame.Now, MostUnread, context.RequestAborted),
            // A page that is fetched again in the background is not looked at: what is told once waits for the next real look.
            Flash = context.Request.Headers.ContainsKey(Flash.LiveHeader) ? null : Flash.Take(context),
        };
    }

    /// <summary>Without anything from the store: for sign-in and errors.</summary>
    public PageFrame Bare(HttpContext context) => new()
    {
        Path = PathOf(context),
        Here = HttpMethods.IsGet(context.Request.Method) ? context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent() : NavPages.Of(PathOf(context))?.Path ?? "/",
        IsAnswer = !HttpMethods.IsGet(context.Request.Method),
        Csrf = Caller.Find(context) is null ? null : DashboardSessions.CsrfToken(context),
        Theme = Themes.Of(context.Request),
        Now = time.GetUtcNow(),
        Zone = Zone,
        IsTestClock = time is TestClock,
        IsScripted = settings.Current.Models.Providers.Values.Any(provider => provider.Kind == "scripted"),
    };

    private static string PathOf(HttpContext context) => context.Request.Path.Value is { Length: > 0 } path ? path : "/";
}
