using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Admin;

internal static class KeyEndpoints
{
    private const decimal MostPerDay = 1_000_000m;

    private static readonly TimeSpan s_longestOverlap = TimeSpan.FromDays(30);

    private static readonly KeyScopes[] s_scopes = [KeyScopes.Chat, KeyScopes.Work, KeyScopes.Hooks, KeyScopes.Admin];

    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api/keys").RequireScope(KeyScopes.Admin).WithTags("Keys");
        keys.MapGet("", ListAsync).WithSummary("All keys, never in a usable form.").Produces<Page<KeyView>>().ReadsList();
        keys.MapPost("", AddAsync).WithSummary("Makes a key; the answer is the only place where it stands.").Takes<KeyRequest>().Produces<KeyAdded>(201).MayConflict();
        keys.MapPost("/{id}/rotate", RotateAsync).WithSummary("A new key in place of this one, which works on for an overlap. The answer is the only place where the new one stands.")
            .Takes<RotateRequest>().Produces<KeyAdded>(201);
        keys.MapDelete("/{id}", RevokeAsync).WithSummary("Revokes a key; its open streams end.").Produces(204);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IKeyStore store, ILedger ledger, ISettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request);
        // A key that is limited to agents sees those that reach no further than itself.
        var caller = Caller.Of(context);
        var all = (await store.ListAsync(cancellationToken)).Where(key => WithinReach(caller, key.Agents));
        var from = query.After is null ? all : all.SkipWhile(key => key.Id != query.After).Skip(1);
        var part = from.Take(query.Limit + 1).ToList();
        var more = part.Count > query.Limit;
        var spent = await ledger.KeySpendsAsync(LedgerClerk.Day(time.GetUtcNow(), settings.Current.Timezone ?? Zones.Host().Id), cancellationToken);
        return Results.Ok(new Page<KeyView>([.. part.Take(query.Limit).Select(key => View(key) with { SpentTodayUsd = spent.GetValueOrDefault(key.Family) })], more ? part[query.Limit - 1].Id : null));
    }

    private static async Task<IResult> AddAsync(HttpContext context, IKeyStore store, IAgentRegistry agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await StrictJson.ReadAsync<KeyRequest>(context.Request, cancellationToken);
        // A key for an agent that is misspelt opens nothing, and whoever holds it learns that at its first use, far from here.
        if (request.Agents?.Select(ParseAgent).Select(agent => agents.Find(agent).Unknown).FirstOrDefault(unknown => unknown is not null) is { } unknown)
            throw new FaultException(unknown with { Parameter = "agents" });
        var added = await MakeAsync(Caller.Of(context), request, store, time, cancellationToken);
        return Results.Created($"/api/keys/{added.Key.Id}", new KeyAdded(added.Plaintext, View(added.Key)));
    }

    /// <exception cref="FaultException">Something of it cannot be, or it would reach further than its maker.</exception>
    internal static async Task<IssuedKey> MakeAsync(Caller caller, KeyRequest request, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var agents = request.Agents?.Select(ParseAgent).ToList();
        Check(request, time);
        var scopes = ParseScopes(request.Scopes);
        if (!WithinReach(caller, agents) || (scopes & ~caller.Scopes) != KeyScopes.None)
            throw new FaultException(new Fault("forbidden", "A key cannot make one that reaches further than itself.", "Name fewer scopes or agents.") { Kind = FaultKind.Forbidden });
        if (caller.SpendPerDayUsd is not null)
            throw new FaultException(new Fault("forbidden", "A key with a daily limit makes no keys: they would spend beyond it.", "Use another key.") { Kind = FaultKind.Forbidden });
        // A name is what people revoke and rotate by; the second key of a rotation alone has its first one's.
        var name = request.Name.Trim();
        if ((await store.ListAsync(cancellationToken)).Any(key => key.Name == name && key.IsLive(time.GetUtcNow())))
        {
            throw new FaultException(new Fault("name_taken", $"There is a key '{name}' already.", $"Take another name, or put a new key in its place: vigil key rotate {name}.", "name")
            {
                Kind = FaultKind.Conflict,
            });
        }
        return await store.AddAsync(
            new NewApiKey(name, scopes) { Agents = agents, Models = request.Models, SpendPerDayUsd = request.SpendPerDayUsd, ExpiresAt = request.ExpiresAt }, cancellationToken);
    }

    private static async Task<IResult> RevokeAsync(string id, HttpContext context, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        await RevokeKeyAsync(Caller.Of(context), id, store, time, cancellationToken);
        return Results.NoContent();
    }

    /// <exception cref="FaultException">There is none that this caller may see.</exception>
    internal static async Task<ApiKey> RevokeKeyAsync(Caller caller, string id, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var key = await FindAsync(caller, id, store, time, cancellationToken);
        await store.RevokeAsync(key.Id, cancellationToken);
        return key;
    }

    private static async Task<IResult> RotateAsync(string id, HttpContext context, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await StrictJson.ReadOptionalAsync<RotateRequest>(context.Request, cancellationToken);
        var overlap = TimeSpan.Zero;
        if (request?.Overlap is { } text && !(DurationText.TryParse(text, out overlap, out _) && overlap <= s_longestOverlap))
            throw Bad("overlap", $"'{text}' is no overlap.", "Send a duration of at most 30d, for example 1h.");
        var caller = Caller.Of(context);
        var key = await FindAsync(caller, id, store, time, cancellationToken);
        if ((key.Scopes & ~caller.Scopes) != KeyScopes.None || (caller.SpendPerDayUsd is not null && caller.Id != key.Family))
            throw new FaultException(new Fault("forbidden", "A key cannot make one that reaches further than itself.", "Use another key.") { Kind = FaultKind.Forbidden });
        var rotated = await store.RotateAsync(key.Id, overlap, cancellationToken) ?? throw NotFound(id);
        return Results.Created($"/api/keys/{rotated.Key.Id}", new KeyAdded(rotated.Plaintext, View(rotated.Key)));
    }

    // By name the newest live one: after a rotation two have it.
    private static async Task<ApiKey> FindAsync(Caller caller, string id, IKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var all = await store.ListAsync(cancellationToken);
        var now = time.GetUtcNow();
        var key = all.FirstOrDefault(one => one.Id == id) ?? all.Where(one => one.Name == id && one.RevokedAt is null).OrderBy(one => one.IsLive(now)).LastOrDefault();
        return key is not null && WithinReach(caller, key.Agents) ? key : throw NotFound(id);
    }

    private static FaultException NotFound(string id) => new(new Fault("key_not_found", $"There is no key '{id}'.", "'vigil key list' shows those that there are.") { Kind = FaultKind.NotFound });

    internal static bool WithinReach(Caller caller, IReadOnlyList<AgentId>? agents) => !caller.IsLimited || (agents is not null && agents.All(caller.MaySee));

    private static void Check(KeyRequest request, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 100 || request.Name.Any(char.IsControl))
            throw Bad("name", "The name is empty, longer than 100 characters, or holds a control character.", "Send a short name, for example \"phone\".");
        if (request.Agents is { Count: 0 })
            throw Bad("agents", "An empty list of agents allows nothing.", "Leave it out for all agents.");
        if (request.Models?.FirstOrDefault(model => !ModelName.TryParse(model, out _)) is { } model)
            throw Bad("models", $"'{model}' is no model.", "Write provider/model.");
        if (request.SpendPerDayUsd is <= 0 or > MostPerDay)
            throw Bad("spendPerDayUsd", "The daily limit is zero, negative or beyond a million.", "Send US dollars, for example 2.00.");
        if (request.ExpiresAt <= time.GetUtcNow())
            throw Bad("expiresAt", "The expiry lies in the past.", "Send an instant to come.");
    }

    private static AgentId ParseAgent(string text) => AgentId.TryParse(text, null, out var agent) ? agent : throw Bad("agents", $"'{text}' is no agent id.", AgentId.HintFor(text));

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

    internal static KeyView View(ApiKey key) => new(
        key.Id, key.Name, key.Prefix, [.. s_scopes.Where(scope => key.Scopes.HasFlag(scope)).Select(Name)], key.Agents?.Select(agent => agent.Value).ToList(), key.Models,
        key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.RevokedAt)
    {
        SpendPerDayUsd = key.SpendPerDayUsd,
        RotatedFrom = key.Family == key.Id ? null : key.Family,
    };
}

/// <summary>What <c>POST /api/keys</c> takes.</summary>
public sealed record KeyRequest
{
    public required string Name { get; init; }

    /// <summary>Some of chat, work, hooks, admin.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The agents that the key is limited to; absent means all.</summary>
    public IReadOnlyList<string>? Agents { get; init; }

    /// <summary>Models that X-Vigil-Model may name with it; absent means any.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>US dollars that may be spent in a day for its chats and for the works that it asks for; absent means no limit.</summary>
    public decimal? SpendPerDayUsd { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>What <c>POST /api/keys/{id}/rotate</c> takes.</summary>
public sealed record RotateRequest
{
    /// <summary>How long the old key works on, for example 1h; absent means not at all.</summary>
    public string? Overlap { get; init; }
}

/// <summary>A key that was just made.</summary>
/// <param name="Key">The usable key: shown now and never again.</param>
public sealed record KeyAdded(string Key, KeyView Details);

/// <summary>A key on the wire; nothing in it lets anybody use it.</summary>
public sealed record KeyView(
    string Id, string Name, string Prefix, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Models,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    public decimal? SpendPerDayUsd { get; init; }

    /// <summary>Together with the keys that it came from by rotation.</summary>
    public decimal SpentTodayUsd { get; init; }

    /// <summary>The first key of the line, when this one came from a rotation.</summary>
    public string? RotatedFrom { get; init; }
}
