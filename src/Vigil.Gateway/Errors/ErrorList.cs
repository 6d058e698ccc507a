using Microsoft.AspNetCore.Http;
using Vigil.Errors;

namespace Vigil.Gateway.Errors;

/// <summary>Several faults at once: the usual error, whose message has all of them, and each again by itself with the field at fault.</summary>
internal static class ErrorList
{
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<Fault> faults)
    {
        var first = faults[0];
        var message = string.Join(" ", faults.Select(fault => fault.Message));
        var hint = string.Join(" ", faults.Select(fault => fault.Hint).OfType<string>());
        context.Response.StatusCode = FaultStatus.Of(faults.All(fault => fault.Kind == first.Kind) ? first.Kind : FaultKind.Invalid);
        var body = new ErrorBody(new ErrorDetail(first.Code, message, hint.Length == 0 ? null : hint, RequestId.Of(context)))
        {
            Details = [.. faults.Select(fault => new ErrorLine(fault.Code, fault.Message, fault.Hint, fault.Parameter))],
        };
        await context.Response.WriteAsJsonAsync(body, ErrorAnswer.Json, "application/json; charset=utf-8", context.RequestAborted);
    }
}
