using Vigil.Cron;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Cron;

internal static class ScheduleWrites
{
    private static readonly string[] s_columns = ScheduleRow.Columns.Split(", ");
    private static readonly string s_insert = $"INSERT INTO schedule ({ScheduleRow.Columns}) VALUES ({string.Join(", ", s_columns.Select(column => "@" + column))}) ON CONFLICT (agent, name) DO NOTHING";
    private static readonly string s_update = $"UPDATE schedule SET {string.Join(", ", s_columns.Where(column => column != "id").Select(column => $"{column} = @{column}"))} WHERE id = @id";

    // A sweep moves a schedule on; what people wrote it does not touch.
    private const string Move =
        """
        UPDATE schedule SET enabled = @enabled, disabled_reason = @disabled_reason, failures = @failures, last_error = @last_error, last_outcome = @last_outcome, told_cause = @told_cause,
          next_at = @next_at, last_slot = @last_slot, queued_slot = @queued_slot, ended_at = @ended_at, updated_at = @updated_at
        WHERE id = @id
        """;

    private static readonly string[] s_moved =
        ["id", "enabled", "disabled_reason", "failures", "last_error", "last_outcome", "told_cause", "next_at", "last_slot", "queued_slot", "ended_at", "updated_at"];

    public static Task<int> InsertAsync(Db db, Schedule schedule) => db.RunAsync(s_insert, ScheduleRow.Parameters(schedule));

    public static Task<int> UpdateAsync(Db db, Schedule schedule) => db.RunAsync(s_update, ScheduleRow.Parameters(schedule));

    public static Task<int> MoveAsync(Db db, Schedule schedule)
        => db.RunAsync(Move, [.. ScheduleRow.Parameters(schedule).Where(parameter => s_moved.Contains(parameter.Name))]);
}
