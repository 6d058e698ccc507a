using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Keys;

namespace Vigil.Gateway.Admin;

internal static class DoctorEndpoints
{
    public static void MapDoctor(this IEndpointRouteBuilder routes)
        => routes.MapGet("/api/doctor", ExamineAsync).RequireScope(KeyScopes.Admin).WithTags("Gateway").WithSummary("Looks whether everything is well, and says how to mend what is not.").Produces<Diagnosed>();

    private static async Task<IResult> ExamineAsync(HttpContext context, Doctor doctor, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).IsLimited)
            throw new FaultException(new Fault("forbidden", "The doctor looks at every agent.", "Use a key that is not limited to agents.") { Kind = FaultKind.Forbidden });
        var report = await doctor.ExamineAsync(cancellationToken);
        return Results.Ok(new Diagnosed(!report.HasErrors, report.Findings));
    }
}

/// <summary>What the doctor found.</summary>
/// <param name="Ok">No finding is an error.</param>
public sealed record Diagnosed(bool Ok, IReadOnlyList<Finding> Findings);
