using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Models;

namespace Vigil.Gateway.Admin;

internal static class KeyEndpoints
{
    private static readonly KeyScopes[] s_scopes = [KeyScopes.Chat, KeyScopes.Work, KeyScopes.Hooks, KeyScopes.Admin];

    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api/keys").RequireScope(KeyScopes.Admin).WithTags("Keys");
        keys.MapGet("", ListAsync).WithSummary("All keys, never in a usable form.").Produces<Page<KeyView>>();
        keys.MapPost("", AddAsync).WithSummary("Makes a key; the answer is the only place where it stands.").Takes<KeyRequest>().Produces<KeyAdded>(201);
        keys.MapDelete("/{id}", RevokeAsync).WithSummary("Revokes a key; its open streams end.").Produces(204);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IKeyStore store, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request);
        // A key that is limited to agents sees those that reach no further than itself.
        var caller = Caller.Of(context);
        var all = (await store.ListAsync(cancellationToken)).Where(key => WithinReach(caller, key.Agents));
        var from = query.After is null ? all : all.SkipWhile(key => key.Id != query.After).Skip(1);
        var part = from.Take(query.Limit + 1).ToList();
        var more = part.Count > query.Limit;
        return Results.Ok(new Page<KeyView>([.. part.Take(query.Limit).Select(View)], more ? part[query.Limit - 1].Id : null));
    }

    private static async Task<IResult> AddAsync(HttpContext context, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await StrictJson.ReadAsync<KeyRequest>(context.Request, cancellationToken);
        var agents = request.Agents?.Select(ParseAgent).ToList();
        Check(request, time);
        var caller = Caller.Of(context);
        var scopes = ParseScopes(request.Scopes);
        if (!WithinReach(caller, agents) || (scopes & ~caller.Scopes) != KeyScopes.None)
            throw new FaultException(new Fault("forbidden", "A key cannot make one that reaches further than itself.", "Name fewer scopes or agents.") { Kind = FaultKind.Forbidden });
        var added = await store.AddAsync(new NewApiKey(request.Name.Trim(), scopes) { Agents = agents, Models = request.Models, ExpiresAt = request.ExpiresAt }, cancellationToken);
        return Results.Created($"/api/keys/{added.Key.Id}", new KeyAdded(added.Plaintext, View(added.Key)));
    }

    private static async Task<IResult> RevokeAsync(string id, HttpContext context, IKeyStore store, CancellationToken cancellationToken)
    {
        var key = (await store.ListAsync(cancellationToken)).FirstOrDefault(one => one.Id == id || one.Name == id && one.RevokedAt is null);
        if (key is null || !WithinReach(Caller.Of(context), key.Agents))
            throw new FaultException(new Fault("key_not_found", $"There is no key '{id}'.", "'vigil key list' shows those that there are.") { Kind = FaultKind.NotFound });
        await store.RevokeAsync(key.Id, cancellationToken);
        return Results.NoContent();
    }

    private static bool WithinReach(Caller caller, IReadOnlyList<AgentId>? agents) => !caller.IsLimited || (agents is not null && agents.All(caller.MaySee));

    private static void Check(KeyRequest request, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 100 || request.Name.Any(char.IsControl))
            throw Bad("name", "The name is empty, longer than 100 characters, or holds a control character.", "Send a short name, for example \"phone\".");
        if (request.Agents is { Count: 0 })
            throw Bad("agents", "An empty list of agents allows nothing.", "Leave it out for all agents.");
        if (request.Models?.FirstOrDefault(model => !ModelName.TryParse(model, out _)) is { } model)
            throw Bad("models", $"'{model}' is no model.", "Write provider/model.");
        if (request.ExpiresAt <= time.GetUtcNow())
            throw Bad("expiresAt", "The expiry lies in the past.", "Send an instant to come.");
    }

    private static AgentId ParseAgent(string text) => AgentId.TryParse(text, null, out var agent) ? agent : throw Bad("agents", $"'{text}' is no agent id.", AgentId.Rule);

    private static KeyScopes ParseScopes(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            throw Bad("scopes", "A key without a scope opens nothing.", "Name some of chat, work, hooks, admin.");
        var scopes = KeyScopes.None;
        foreach (var name in names)
            scopes |= s_scopes.FirstOrDefault(scope => Name(scope) == name) is var found and not KeyScopes.None
                ? found
                : throw Bad("scopes", $"'{name}' is no scope.", "Scopes are chat, work, hooks, admin.");
        return scopes;
    }

    private static FaultException Bad(string field, string message, string hint) => new(new Fault("bad_field", message, hint, field));

    private static string Name(KeyScopes scope) => scope.ToString().ToLowerInvariant();

    private static KeyView View(ApiKey key) => new(
        key.Id, key.Name, key.Prefix, [.. s_scopes.Where(scope => key.Scopes.HasFlag(scope)).Select(Name)], key.Agents?.Select(agent => agent.Value).ToList(), key.Models,
        key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.RevokedAt);
}

public sealed record KeyRequest
{
    public required string Name { get; init; }

    /// <summary>Some of chat, work, hooks, admin.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The agents that the key is limited to; absent means all.</summary>
    public IReadOnlyList<string>? Agents { get; init; }

    /// <summary>Models that X-Vigil-Model may name with it; absent means any.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <param name="Key">The usable key: shown now and never again.</param>
public sealed record KeyAdded(string Key, KeyView Details);

public sealed record KeyView(
    string Id, string Name, string Prefix, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Models,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);
