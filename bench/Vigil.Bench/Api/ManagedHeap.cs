using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Vigil.Bench.Api;

/// <summary>What lives on the heap of another process. It is asked over the runtime's diagnostic port, so that the gateway needs no route for it.</summary>
internal static class ManagedHeap
{
    /// <summary>Collects all garbage there first; the size of what is left.</summary>
    public static async Task<double> MegabytesAsync(int process)
    {
        // The second keyword is what makes the runtime collect.
        var keywords = ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.GCHeapCollect;
        using var session = new DiagnosticsClient(process).StartEventPipeSession(
            new EventPipeProvider(ClrTraceEventParser.ProviderName, EventLevel.Informational, (long)keywords), requestRundown: false);
        var size = 0L;
        await Task.Run(() =>
        {
            using var source = new EventPipeEventSource(session.EventStream);
            source.Clr.GCHeapStats += heap =>
            {
                size = heap.TotalHeapSize;
                session.Stop();
            };
            source.Process();
        });
        return size / 1024.0 / 1024;
    }
}
