using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Requests;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Works;

/// <summary><c>?wait=30s</c>: answer when the work has ended, at the latest after that time.</summary>
internal static class WaitQuery
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_slowestLook = TimeSpan.FromMilliseconds(250);

    public static TimeSpan? Read(HttpRequest request)
    {
        if (ListQuery.Text(request, "wait") is not { } text)
            return null;
        return DurationText.TryParse(text, out var wait, out _) && wait > TimeSpan.Zero && wait <= s_longest
            ? wait
            : throw new FaultException(new Fault("bad_parameter", $"The parameter 'wait' is '{text}'.", "Send a duration of at most 10m, for example 30s.", "wait"));
    }

    public static async Task<AgentWork> FinishedAsync(IWorkStore store, string id, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var pause = s_firstLook;
        while (true)
        {
            var work = (await store.GetAsync(id, cancellationToken))!;
            if (work.State == WorkState.Finished || time.GetElapsedTime(started) >= limit)
                return work;
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < s_slowestLook ? pause * 2 : s_slowestLook;
        }
    }
}
