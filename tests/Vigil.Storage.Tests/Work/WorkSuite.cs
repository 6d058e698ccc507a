using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Events;
using Vigil.Storage.Notify;
using Vigil.Storage.Runs;
using Vigil.Storage.Sessions;
using Vigil.Storage.State;
using Vigil.Storage.Work;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

/// <summary>Words in which tests about works are written.</summary>
public abstract class WorkSuite : StoreSuite
{
    protected const string Node = "node-1";

    protected static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private protected WorkStore Works => new(Database, Clock);

    private protected RunStore Runs => new(Database, new RunBeginnings(), Clock);

    private protected NotificationStore Notifications => new(Database);

    private protected SessionStore Sessions => new(Database);

    private protected SessionTurns Turns => new(Database, new RunBeginnings());

    private protected StateStore State => new(Database);

    protected DateTimeOffset Now => Clock.Now;

    /// <summary>A work with a session of its own unless one is named.</summary>
    protected NewWork Asked(string id, string agent = "main", string? session = null, DateTimeOffset? due = null, string? key = null, string? fingerprint = null, string? parent = null)
    {
        var owner = AgentId.Parse(agent);
        return new NewWork(new AgentWork
        {
            Id = id,
            Agent = owner,
            Source = WorkSources.Run,
            Prompt = "look around",
            Session = SessionKey.For(owner, "work", session ?? id),
            CreatedAt = Now,
            DueAt = due ?? Now,
            DedupeKey = key,
            Fingerprint = fingerprint,
            ParentId = parent,
        });
    }

    protected async Task<AgentWork> AdmitAsync(string id, string agent = "main", string? session = null, DateTimeOffset? due = null, string? parent = null)
        => (await Works.AdmitAsync(Asked(id, agent, session, due, parent: parent), None)).Work;

    /// <summary>Time passes for persons' turns also where their leases go by the server's clock.</summary>
    private protected async Task LaterAsync(TimeSpan by)
    {
        Clock.Now += by;
        if (Backend.HasNodes)
            await Database.WriteAsync(db => db.ExecuteAsync("UPDATE session_turn SET lease_until = lease_until - @by", new { by = (long)by.TotalMilliseconds }), None);
    }

    protected async Task<IReadOnlyList<AgentWork>> ClaimAsync(int slots = 10, string node = Node) => await Works.ClaimAsync(node, slots, Now, Lease, None);

    /// <summary>Admits and claims one.</summary>
    protected async Task<WorkClaim> RunningAsync(string id, string? session = null, string? parent = null)
    {
        await AdmitAsync(id, session: session, parent: parent);
        return Claim((await ClaimAsync()).Single(work => work.Id == id));
    }

    protected static WorkClaim Claim(AgentWork work) => new(work.Id, work.Attempt, work.Node!);

    protected WorkCommit Ended(Outcome outcome = Outcome.Silent, string? reason = null) => new() { Outcome = outcome, Reason = reason, At = Now };

    protected async Task<AgentWork> GetAsync(string id) => await Works.GetAsync(id, None) ?? throw new InvalidOperationException($"There is no {id}.");

    protected NewEvent Event(string type, string work) => new(Now, type, WorkSources.Run, "main", work);

    protected RunStart Start(string id, AgentWork work, string? journal = null) => new()
    {
        Id = id,
        Journal = journal ?? id,
        Agent = work.Agent,
        Session = work.Session,
        Source = work.Source,
        WorkId = work.Id,
        Attempt = work.Attempt,
        Node = work.Node ?? Node,
        StartedAt = Now,
        ModelAsked = "openai/gpt",
        DecidedBy = "agent",
        ProfileHash = "hash",
        ProfileJson = "{}",
        Input = [new(Microsoft.Extensions.AI.ChatRole.User, "look around")],
    };

    protected Notification Said(string id, string work, string text = "The build is red.", params string[] targets) => new()
    {
        Id = id,
        Agent = AgentId.Main,
        WorkId = work,
        Source = WorkSources.Run,
        Text = text,
        State = NotificationState.Posted,
        CreatedAt = Now,
        Deliveries = [.. targets.Select((target, i) => new Delivery { Id = $"{id}-{i}", NotificationId = id, Agent = AgentId.Main, Target = target, At = Now })],
    };

    protected SaidReservation Reserve(string notification, string key = "k", string target = "webhook:phone")
        => new(new SaidEntry(AgentId.Main, target, key, notification, Now, false, null, Urgency.Normal, "The build is red."), Now.AddHours(-24));

    protected async Task<IReadOnlyList<string>> EventsAsync(string? work = null)
        => [.. (await new EventLog(Database).ReadAsync(0, 5000, new EventFilter(Work: work), None)).Select(e => e.Type)];

    private protected WorkStore On(IDatabase other) => new(other, Clock);

    private protected async Task<long> CountAsync(string table) => await Database.ReadAsync(db => db.ScalarAsync<long>($"SELECT count(*) FROM {table}"), None);
}
