using Microsoft.AspNetCore.Http;
using Vigil.Gateway.Auth;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Requests;

/// <summary>Says with each answer in which zone the person's day is counted, so that the command line shows times as the person reads them. The instants in answers stay UTC.</summary>
public sealed class PersonZone(RequestDelegate next, ISettings settings)
{
    public const string Header = "X-Vigil-Timezone";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Caller>() is not null)
            context.Response.Headers[Header] = settings.Current.Timezone ?? Zones.Host().Id;
        return next(context);
    }
}
