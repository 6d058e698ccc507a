using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Tools;
using Vigil.Work;

namespace Vigil.Tasks;

/// <summary>One post to a named hook. Who sent it was checked already.</summary>
public sealed record HookPost(string Name, HookSettings Hook, JsonElement Payload, ReadOnlyMemory<byte> Body, string? IdempotencyKey, Func<string, string?> Header);

/// <summary>A work that is committed, or why there is none.</summary>
public sealed record HookAnswer(Admission? Admission, IReadOnlyList<Fault> Faults);

/// <summary>Makes works of what webhooks ask for. Outside text is data: it fills places that the settings leave open and decides nothing else.</summary>
public sealed class HookTasks
{
    private const int PartCap = 20_000;
    private const int NoticeCap = 4_000;
    private const int KeyCap = 255;

    private readonly WorkRequests _requests;
    private readonly WorkIntake _intake;
    private readonly IPostStore _posts;
    private readonly Targets _targets;
    private readonly DeliverySignal _deliveries;
    private readonly TimeProvider _time;

    internal HookTasks(WorkRequests requests, WorkIntake intake, IPostStore posts, Targets targets, DeliverySignal deliveries, TimeProvider time)
    {
        _requests = requests;
        _intake = intake;
        _posts = posts;
        _targets = targets;
        _deliveries = deliveries;
        _time = time;
    }

    /// <summary><c>POST /hooks/task</c>.</summary>
    /// <param name="caller">Dedupe keys of two callers do not meet.</param>
    public async Task<HookAnswer> TaskAsync(WorkRequest request, string caller, CancellationToken cancellationToken)
    {
        var facts = new JsonObject { ["hook"] = "task" };
        if (request.Metadata is { } given)
            facts["given"] = given.DeepClone();
        var (work, faults) = _requests.Make(request with { Metadata = facts }, WorkSources.Task, $"hook:task:{caller}");
        if (work is null)
            return new HookAnswer(null, faults);
        return new HookAnswer(await _intake.AdmitAsync(request.Session is null ? OwnSession(work, "task") : work, cancellationToken), []);
    }

    /// <summary><c>POST /hooks/{name}</c>.</summary>
    public async Task<HookAnswer> PostAsync(HookPost post, CancellationToken cancellationToken)
    {
        var hook = post.Hook;
        if (!AgentId.TryParse(hook.Agent, null, out var agent))
            return new HookAnswer(null, [new Fault("agent_not_found", $"The hook '{post.Name}' names no agent.", "Set its agent in vigil.json.") { Kind = FaultKind.NotFound }]);
        var facts = new JsonObject { ["hook"] = post.Name, [TaskSource.FencedFact] = true };
        var text = Text(post, out var missing);
        if (missing.Count > 0)
            facts["missing"] = new JsonArray([.. missing.Select(place => (JsonNode)place)]);
        var request = new WorkRequest
        {
            Agent = agent.Value,
            Prompt = text,
            Session = Session(post, agent),
            Model = hook.Model,
            Deliver = hook.Deliver is { } target ? [target] : null,
            Notify = hook.Notify,
            DedupeKey = Key(post),
            Metadata = facts,
        };
        var (work, faults) = _requests.Make(request, WorkSources.Task, $"hook:{post.Name}");
        if (work is null)
            return new HookAnswer(null, faults);
        work = work with { Work = work.Work with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(post.Body.Span)) } };
        if (request.Session is null)
            work = OwnSession(work, post.Name);
        return new HookAnswer(hook.DeliverOnly ? await NotifyAsync(work.Work, cancellationToken) : await _intake.AdmitAsync(work, cancellationToken), []);
    }

    private static NewWork OwnSession(NewWork work, string name) => work with { Work = work.Work with { Session = SessionKey.For(work.Work.Agent, "hook", name, work.Work.Id) } };

    private static string Text(HookPost post, out IReadOnlyList<string> missing)
    {
        missing = [];
        var origin = $"webhook {post.Name}";
        if (post.Hook.Prompt is not { Length: > 0 } template)
        {
            var whole = Cut(post.Payload.GetRawText(), PartCap);
            return post.Hook.DeliverOnly ? Cut(whole, NoticeCap) : $"The webhook '{post.Name}' was called. Decide by your own rules what is to be done about it.\n{Fence.Wrap(origin, whole)}";
        }
        var parsed = HookTemplate.Parse(template);
        return post.Hook.DeliverOnly
            ? Cut(parsed.Fill(post.Payload, (_, value) => value, out missing), NoticeCap)
            : parsed.Fill(post.Payload, (place, value) => $"\n{Fence.Wrap($"{origin}, {place}", Cut(value, PartCap))}\n", out missing);
    }

    private static string? Session(HookPost post, AgentId agent)
    {
        if (post.Hook.Session is not { Length: > 0 } template)
            return null;
        if (template == "main" || template.StartsWith("agent:", StringComparison.Ordinal))
            return template;
        // A place makes one part of the key, whatever signs it holds.
        var name = HookTemplate.Parse(template).Fill(post.Payload, (_, value) => Cut(value, 100), out _).Trim();
        var clean = new string([.. name.Where(c => !char.IsControl(c))]);
        return string.IsNullOrWhiteSpace(clean) || clean is "." or ".." ? null : SessionKey.For(agent, "hook", post.Name, clean).Value;
    }

    private static string? Key(HookPost post)
    {
        if (post.IdempotencyKey is { } given)
            return given;
        var where = post.Hook.DeliveryId ?? (post.Hook.Secret is null ? null : post.Hook.Signature switch
        {
            HookSignature.GitHub => "header:X-GitHub-Delivery",
            HookSignature.Stripe => "{{id}}",
            _ => null,
        });
        IReadOnlyList<string> missing = [];
        var id = where is null ? null
            : where.StartsWith("header:", StringComparison.Ordinal) ? post.Header(where["header:".Length..].Trim())
            : HookTemplate.Parse(where).Fill(post.Payload, (_, value) => value, out missing);
        // What is left of "order-{{order.id}}" without its place is the same for all that lack it: no id, and the second of them is no repeat.
        if (string.IsNullOrWhiteSpace(id) || missing.Count > 0)
            return null;
        return id.Length <= KeyCap && id.All(c => c is >= '!' and <= '~') ? id : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }

    private async Task<Admission> NotifyAsync(AgentWork work, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var id = NewId.Notification(_time);
        var notification = new Notification
        {
            Id = id,
            Agent = work.Agent,
            WorkId = work.Id,
            Source = work.Source,
            Text = work.Prompt,
            State = NotificationState.Posted,
            AskedFor = true,
            CreatedAt = now,
            Deliveries = [.. _targets.Resolve(work).Select(target => new Delivery { Id = NewId.Delivery(_time), NotificationId = id, Agent = work.Agent, Target = target, NextAt = now, At = now })],
        };
        var done = new NewEvent(now, EventTypes.WorkDone, work.Source, work.Agent.Value, work.Id, NewEvent.Json(new { outcome = "spoke", modelCalls = 0 }));
        var admission = await _posts.PostAsync(work, notification, done, cancellationToken);
        if (admission.Created)
            _deliveries.Set();
        return admission;
    }

    private static string Cut(string text, int cap) => text.Length <= cap ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[cap - 1]) ? cap - 1 : cap), "… (cut)");
}
