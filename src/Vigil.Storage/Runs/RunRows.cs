using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Turns;

namespace Vigil.Storage.Runs;

/// <summary>The states of a run besides the outcomes of works and the ends of chats. All but the last leave a journal that the next attempt continues.</summary>
internal static class RunStates
{
    public const string Running = "running";

    /// <summary>A gate or a person sent the work back.</summary>
    public const string Deferred = "deferred";

    /// <summary>Its node stopped and handed it back.</summary>
    public const string Released = "released";

    /// <summary>Its node died or froze.</summary>
    public const string Lost = "lost";

    /// <summary>Left behind by a retry, which begins anew.</summary>
    public const string Abandoned = "abandoned";
}

/// <summary>Changes of runs inside somebody's transaction.</summary>
internal static class RunRows
{
    public static Task<int> CloseAsync(Db db, string id, string state, long at, TurnUsage usage) => db.RunAsync(
        "UPDATE run SET state = @state, finished_at = @at, usage = @usage WHERE id = @id AND state = 'running'",
        ("id", id), ("state", state), ("at", at), ("usage", RowJson.Of(usage)));

    /// <summary>Ends the runs of a work with it; the usage is that of the last of them.</summary>
    public static Task CloseWithWorkAsync(Db db, string work, string last, string outcome, long at, TurnUsage usage) => db.RunLastAsync(
        "UPDATE run SET state = @outcome, finished_at = @at, usage = CASE WHEN id = @run THEN @usage ELSE usage END WHERE work = @work AND state = 'running'",
        ("run", last), ("outcome", outcome), ("at", at), ("usage", RowJson.Of(usage)), ("work", work));

    /// <summary>An attempt may have several runs: one for each model that it was handed over to.</summary>
    public static Task<int> CloseOfWorkAsync(Db db, string work, string state, long at) => db.RunAsync(
        "UPDATE run SET state = @state, finished_at = @at WHERE work = @work AND state = 'running'", ("work", work), ("state", state), ("at", at));

    /// <summary>Nothing of what the work did so far is there to be continued.</summary>
    public static Task<int> AbandonJournalsAsync(Db db, string work) => db.RunAsync(
        $"UPDATE run SET state = '{RunStates.Abandoned}' WHERE work = @work AND state IN ('{RunStates.Running}', '{RunStates.Deferred}', '{RunStates.Released}', '{RunStates.Lost}')",
        ("work", work));
}
