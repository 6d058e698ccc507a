using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using NodaTime.Text;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Cost;

/// <summary>What was spent from one day to another, both included.</summary>
/// <param name="UnknownCalls">Calls of models without a known price; their cost is in no sum.</param>
/// <param name="Savings">An estimate.</param>
/// <param name="PricesOf">When the built-in prices were last looked through.</param>
public sealed record CostView(string By, string From, string To, IReadOnlyList<SpendRow> Items, SpendRow Total, long UnknownCalls, Savings Savings, BudgetSettings? Budget, string PricesOf);

/// <summary>The ledger: sums and single calls.</summary>
internal static class LedgerEndpoints
{
    private const int DefaultDays = 30;

    public static void MapLedger(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/ledger").RequireScope(KeyScopes.Admin).WithTags("ledger");
        group.MapGet("", SumsAsync).WithSummary("What was spent, by agent, source, model or day, and what beats saved (an estimate).").Produces<CostView>().ReadsQuery("by", "from", "to", "agent");
        group.MapGet("/calls", CallsAsync).WithSummary("Single model calls, newest first.").Produces<Page<LedgerCallView>>().ReadsList("agent", "work");
    }

    private static async Task<IResult> SumsAsync(HttpContext context, ILedger ledger, SavingsEstimate savings, ISettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = context.Request;
        ListQuery.Read(request, "by", "from", "to", "agent");
        var text = ListQuery.Text(request, "by") ?? "day";
        if (Words.Parse<SpendBy>(text) is not { } by)
            throw new FaultException(new Fault("bad_parameter", $"The parameter 'by' is '{text}'.", $"Known: {Words.All<SpendBy>()}.", "by"));
        var zone = settings.Current.Timezone ?? Zones.Host().Id;
        var today = LocalDatePattern.Iso.Parse(LedgerClerk.Day(time.GetUtcNow(), zone)).Value;
        var (from, to) = (Day(request, "from", today.PlusDays(1 - DefaultDays)), Day(request, "to", today));
        if (string.CompareOrdinal(from, to) > 0)
            throw new FaultException(new Fault("bad_range", $"The first day, {from}, lies after the last, {to}.", "Exchange 'from' and 'to'.", "from"));
        var agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(request, "agent"));
        var rows = await ledger.SpendAsync(by, from, to, agents, cancellationToken);
        var total = rows.Aggregate(new SpendRow("total", 0, 0, 0, 0, 0, 0, 0), Plus);
        var saved = await savings.OfAsync(from, to, agents, cancellationToken);
        var budget = agents is null ? settings.Current.Budget : null;
        return Results.Json(new CostView(Words.Of(by), from, to, rows, total, total.UnknownCalls, saved, budget, PriceList.BuiltInDate), WireJson.Options);
    }

    private static async Task<IResult> CallsAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(context.Request, "agent", "work");
        var agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(context.Request, "agent"));
        var page = await ledger.EntriesAsync(agents, ListQuery.Text(context.Request, "work"), query.After, query.Limit, cancellationToken);
        return Results.Json(new Page<LedgerCallView>([.. page.Items.Select(LedgerCallView.Of)], page.Next), WireJson.Options);
    }

    private static SpendRow Plus(SpendRow sum, SpendRow row) => new(sum.Group, sum.Calls + row.Calls, sum.InputTokens + row.InputTokens, sum.CachedInputTokens + row.CachedInputTokens,
        sum.OutputTokens + row.OutputTokens, sum.CostUsd + row.CostUsd, sum.UnknownCalls + row.UnknownCalls, sum.PrimaryCostUsd + row.PrimaryCostUsd);

    private static string Day(HttpRequest request, string name, LocalDate otherwise)
    {
        var text = ListQuery.Text(request, name);
        var day = text is null ? otherwise : LocalDatePattern.Iso.Parse(text) is { Success: true } parsed
            ? parsed.Value
            : throw new FaultException(new Fault("bad_parameter", $"The parameter '{name}' is '{text}'.", "Send a day, for example 2026-03-29.", name));
        return day.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <param name="CostUsd">Null when the model has no known price.</param>
    internal sealed record LedgerCallView(DateTimeOffset At, string Agent, string Source, string? Work, string Run, string ModelAsked, string ModelUsed, long InputTokens, long CachedInputTokens,
        long OutputTokens, decimal? CostUsd)
    {
        public static LedgerCallView Of(LedgerEntry entry) => new(entry.At, entry.Agent.Value, entry.Source, entry.WorkId, entry.RunId, entry.ModelAsked, entry.ModelUsed, entry.InputTokens,
            entry.CachedInputTokens, entry.OutputTokens, entry.CostUsd);
    }
}
