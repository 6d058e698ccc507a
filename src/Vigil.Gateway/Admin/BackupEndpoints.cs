using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Store;

namespace Vigil.Gateway.Admin;

/// <summary>Hands out a consistent copy of the database. Whoever asks writes it where it wants: the gateway writes to no path that a request names.</summary>
internal static class BackupEndpoints
{
    public static void MapBackup(this IEndpointRouteBuilder routes)
        => routes.MapPost("/api/backup", BackupAsync)
            .RequireScope(KeyScopes.Admin).WithTags("Gateway").WithSummary("A consistent copy of the database (SQLite).").Produces<Stream>(200, "application/octet-stream");

    private static async Task BackupAsync(HttpContext context, IStore store, VigilHome home)
    {
        if (Caller.Of(context).IsLimited)
            throw new FaultException(new Fault("forbidden", "A backup holds every agent's things.", "Use a key that is not limited to agents.") { Kind = FaultKind.Forbidden });
        var file = Path.Combine(home.Root, $"{VigilHome.CopyPrefix}{Guid.NewGuid():N}.db");
        try
        {
            await store.BackupAsync(file, context.RequestAborted);
            await using var copy = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
            context.Response.ContentType = "application/octet-stream";
            // The length lets the reader see a transfer that broke off.
            context.Response.ContentLength = copy.Length;
            await copy.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
