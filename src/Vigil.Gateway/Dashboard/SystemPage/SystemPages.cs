using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Keys;

namespace Vigil.Gateway.Dashboard.SystemPage;

internal static class SystemPages
{
    public static void MapSystemPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/system", async (HttpContext context, SystemReader reader, CancellationToken cancellationToken)
            => PageAnswer.Show<SystemPage, SystemModel>(await reader.ReadAsync(Caller.Of(context), cancellationToken))).AsPage();
        routes.MapPost("/system/doctor", DiagnoseAsync).AsForm();
        routes.MapPost("/system/keys", AddKeyAsync).AsForm();
        routes.MapPost("/system/keys/{id}/revoke", RevokeKeyAsync).AsForm();
    }

    private static async Task<IResult> DiagnoseAsync(HttpContext context, Doctor doctor, SystemReader reader, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).IsLimited)
            throw new FaultException(new Fault("forbidden", "The doctor looks at every agent.", "Sign in with a key that is not limited to agents.") { Kind = FaultKind.Forbidden });
        var report = await doctor.ExamineAsync(cancellationToken);
        return PageAnswer.Show<SystemPage, SystemModel>(await reader.ReadAsync(Caller.Of(context), cancellationToken) with { Findings = report.Findings }, at: "/system");
    }

    private static async Task<IResult> AddKeyAsync(HttpContext context, IKeyStore store, SystemReader reader, TimeProvider time, CancellationToken cancellationToken)
    {
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var agents = form["agents"].ToString().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // A limit that cannot be read is never taken for no limit.
        if (!TryRead(form["days"], out var days) || days is not (null or (> 0 and <= 36_500)) || !TryRead(form["spend"], out var spend))
            return PageAnswer.GoTo("/system", "Days and dollars are numbers, for example 30 and 2.50; left empty they set no limit.");
        IssuedKey made;
        try
        {
            made = await KeyEndpoints.MakeAsync(Caller.Of(context), new KeyRequest
            {
                Name = form["name"].ToString(),
                Scopes = [.. form["scope"].OfType<string>()],
                Agents = agents.Length == 0 ? null : agents,
                SpendPerDayUsd = spend,
                ExpiresAt = days is { } count ? time.GetUtcNow().AddDays((double)count) : null,
            }, store, time, cancellationToken);
        }
        catch (FaultException refused)
        {
            return PageAnswer.GoTo("/system", $"{refused.Fault.Message} {refused.Fault.Hint}");
        }
        // Shown in the answer itself: a redirect would have to keep the key somewhere.
        return PageAnswer.Show<SystemPage, SystemModel>(await reader.ReadAsync(Caller.Of(context), cancellationToken) with { NewKey = made.Plaintext }, at: "/system");
    }

    private static async Task<IResult> RevokeKeyAsync(HttpContext context, string id, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var key = await KeyEndpoints.RevokeKeyAsync(Caller.Of(context), id, store, time, cancellationToken);
        return PageAnswer.GoTo("/system", $"The key {key.Name} is revoked; whoever uses it is refused from now on.");
    }

    private static bool TryRead(string? text, out decimal? number)
    {
        number = null;
        if (string.IsNullOrWhiteSpace(text))
            return true;
        var isNumber = decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var read);
        number = read;
        return isNumber;
    }
}
