using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>
/// Markdown of agents as safe HTML: no markup of their own, no picture (its address would be fetched by looking), and links that lead to the web or mail alone and
/// say nothing of where they were clicked.
/// </summary>
internal static class Markdown
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseAutoLinks().UseTaskLists().UseEmphasisExtras().Build();

    public static MarkupString Html(string text)
    {
        var document = Markdig.Markdown.Parse(text, s_pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList())
            Tame(link);
        foreach (var link in document.Descendants<AutolinkInline>().ToList())
            Mark(link);
        foreach (var heading in document.Descendants<HeadingBlock>())
            heading.Level = Math.Min(6, heading.Level + 2); // below the headings of the page
        foreach (var table in document.Descendants<Table>())
            table.GetAttributes().AddProperty("tabindex", "0"); // a wide one moves sideways: with the keys too
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        s_pipeline.Setup(renderer);
        renderer.Render(document);
        return new MarkupString(writer.ToString());
    }

    /// <summary>The words alone, on one line: the beginning of a text in a list.</summary>
    public static string Plain(string text) => string.Join(' ', Markdig.Markdown.ToPlainText(text, s_pipeline).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static void Tame(LinkInline link)
    {
        if (!link.IsImage && IsWeb(link.GetDynamicUrl?.Invoke() ?? link.Url))
        {
            Mark(link);
            return;
        }
        // What it said stays, where it led goes.
        var words = new ContainerInline();
        link.ReplaceBy(words, copyChildren: true);
    }

    private static void Mark(Inline link)
    {
        var attributes = link.GetAttributes();
        attributes.AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
        attributes.AddPropertyIfNotExist("target", "_blank");
    }

    private static bool IsWeb(string? address)
        => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto";
}
