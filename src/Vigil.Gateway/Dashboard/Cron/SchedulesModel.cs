using NodaTime;
using Vigil.Cron;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Cron;

public sealed record SchedulesModel(IReadOnlyList<Schedule> Items, string? Next, IReadOnlyList<CalendarDay> Days, IReadOnlyList<string> Agents, PageQuery Query);

/// <summary>What is planned for one day of the person.</summary>
public sealed record CalendarDay(LocalDate Day, IReadOnlyList<CalendarSlot> Slots);

/// <param name="At">The first of the day.</param>
/// <param name="Times">How often that day, counted up to a hundred and one.</param>
public sealed record CalendarSlot(Schedule Schedule, DateTimeOffset At, int Times);

/// <summary>One schedule, or a new one, in its form.</summary>
public sealed record ScheduleModel
{
    /// <summary>Null while it is new.</summary>
    public Schedule? Schedule { get; init; }

    public required ScheduleForm Form { get; init; }

    /// <summary>The time of the form in plain words; null when it is none yet.</summary>
    public string? TimeInWords { get; init; }

    public IReadOnlyList<SlotPreview> Coming { get; init; } = [];

    /// <summary>What is wrong, each with its field.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>What became of its slots, newest first.</summary>
    public IReadOnlyList<AgentWork> History { get; init; } = [];

    public string? OlderHistory { get; init; }

    public required IReadOnlyList<string> Agents { get; init; }

    /// <summary>What is wrong with a field, in sentences.</summary>
    public string? Problem(params ReadOnlySpan<string> fields)
    {
        List<string> sentences = [];
        foreach (var fault in Faults)
            foreach (var field in fields)
                if (fault.Parameter == field || fault.Parameter?.StartsWith(field + ".", StringComparison.Ordinal) == true)
                    sentences.Add($"{fault.Message} {fault.Hint}");
        return sentences.Count == 0 ? null : string.Join(' ', sentences);
    }
}
