using Microsoft.AspNetCore.Http;
using Vigil.Cron;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Cron;

/// <summary>A schedule as somebody types it.</summary>
public sealed record ScheduleForm
{
    public string Name { get; init; } = "";

    public string Agent { get; init; } = "";

    /// <summary>cron, every or at.</summary>
    public string Kind { get; init; } = "cron";

    public string When { get; init; } = "";

    public string Timezone { get; init; } = "";

    public string Prompt { get; init; } = "";

    public string Session { get; init; } = "";

    public string Model { get; init; } = "";

    public NotifyPolicy Notify { get; init; } = NotifyPolicy.Always;

    /// <summary>A zone says nothing about an interval.</summary>
    public ScheduleSpec Spec => new()
    {
        Cron = Kind == "cron" ? When.Trim() : null,
        Every = Kind == "every" ? When.Trim() : null,
        At = Kind == "at" ? When.Trim() : null,
        Timezone = Kind == "every" ? null : Given(Timezone),
    };

    public static ScheduleForm Of(Schedule schedule) => new()
    {
        Name = schedule.Name,
        Agent = schedule.Agent.Value,
        Kind = schedule.When.Kind,
        When = schedule.When.Text,
        Timezone = schedule.When.Zone ?? "",
        Prompt = schedule.Prompt,
        Session = schedule.Session ?? "",
        Model = schedule.Model ?? "",
        Notify = schedule.Notify,
    };

    public static ScheduleForm Read(IFormCollection form) => new()
    {
        Name = form["name"].ToString(),
        Agent = form["agent"].ToString(),
        Kind = form["kind"].ToString() is "every" or "at" ? form["kind"].ToString() : "cron",
        When = form["when"].ToString(),
        Timezone = form["timezone"].ToString(),
        Prompt = form["prompt"].ToString(),
        Session = form["session"].ToString(),
        Model = form["model"].ToString(),
        Notify = Words.Parse<NotifyPolicy>(form["notify"]) ?? NotifyPolicy.Always,
    };

    /// <param name="before">The schedule that is edited: what the form does not show stays as it is, and its time too when nobody touched it.</param>
    public ScheduleRequest ToRequest(Schedule? before) => new()
    {
        Name = Name,
        Agent = before?.Agent.Value ?? Given(Agent),
        Schedule = before is not null && IsTimeOf(before) ? null : Spec,
        Prompt = Prompt,
        Session = Given(Session),
        Model = Given(Model),
        Notify = Notify,
        Tools = before?.Tools,
        Deliver = before?.Deliver,
        Missed = before?.Missed,
        MissedCap = before?.MissedCap,
        Overlap = before?.Overlap,
        Deadline = before?.Deadline,
        Origin = before?.Origin,
    };

    public bool IsTimeOf(Schedule schedule)
        => schedule.When.Kind == Kind && schedule.When.Text == When.Trim() && (Kind == "every" || (schedule.When.Zone ?? "") == Timezone.Trim());

    private static string? Given(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
