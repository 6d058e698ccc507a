using Microsoft.AspNetCore.Http;

namespace Vigil.Gateway.Errors;

/// <summary>Every answer carries one; in an error it is the correlation id, and in the log it stands beside what went wrong.</summary>
public static class RequestId
{
    public const string Header = "X-Request-Id";

    public static string Of(HttpContext context) => context.TraceIdentifier;

    internal static void Assign(HttpContext context, TimeProvider time)
    {
        context.TraceIdentifier = NewId.Make("req_", time);
        context.Response.Headers[Header] = context.TraceIdentifier;
    }
}
