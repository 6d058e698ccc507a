using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Ledger;

namespace Vigil.Gateway.Dashboard.Cost;

internal static class CostPages
{
    public static void MapCostPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/cost", async (HttpContext context, CostReader reader, CancellationToken cancellationToken)
            => PageAnswer.Show<CostPage, CostModel>(await reader.ReadAsync(Caller.Of(context), Query(context), cancellationToken))).AsPage();
        routes.MapGet("/cost.csv", CsvAsync).AsPage();
    }

    private static PageQuery Query(HttpContext context) => PageQuery.Read(context.Request, "from", "to", "by");

    private static async Task<IResult> CsvAsync(HttpContext context, CostReader reader, CancellationToken cancellationToken)
    {
        var query = Query(context);
        var model = await reader.ReadAsync(Caller.Of(context), query, cancellationToken);
        var (by, rows) = Words.Parse<SpendBy>(query["by"]) switch
        {
            SpendBy.Agent => ("agent", model.Agents),
            SpendBy.Source => ("source", model.Sources),
            SpendBy.Model => ("model", model.Models),
            _ => ("day", model.Days),
        };
        var csv = new StringBuilder($"{by},calls,input_tokens,cached_input_tokens,output_tokens,cost_usd,calls_without_price\r\n");
        foreach (var row in rows)
            csv.Append(CultureInfo.InvariantCulture, $"{Field(row.Group)},{row.Calls},{row.InputTokens},{row.CachedInputTokens},{row.OutputTokens},{row.CostUsd},{row.UnknownCalls}\r\n");
        return Results.File(Encoding.UTF8.GetBytes(csv.ToString()), "text/csv; charset=utf-8", $"vigil-cost-by-{by}-{model.From}-{model.To}.csv");
    }

    // A table program takes a text that begins like a formula for one.
    private static string Field(string text)
    {
        var plain = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;
        return $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
