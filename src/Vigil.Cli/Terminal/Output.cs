using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Vigil.Errors;

namespace Vigil.Cli.Terminal;

/// <summary>What a command prints: answers on standard output, everything else on standard error. No colours when piped or when NO_COLOR is set.</summary>
internal static class Output
{
    /// <summary>One line for each value: easy to read for people and for line-wise tools.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private const int Endless = 4000;

    private static readonly Lazy<IAnsiConsole> s_console = new(() => Make(Console.IsOutputRedirected ? new LineEndTrimmer(Console.Out) : Console.Out, Console.IsOutputRedirected));

    public static bool IsTerminal => !Console.IsOutputRedirected;

    public static IAnsiConsole Out => s_console.Value;

    public static int Json<T>(T value)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(value, JsonOptions));
        return CommandLine.Done;
    }

    public static int Line(string text)
    {
        Console.Out.WriteLine(Plain(text));
        return CommandLine.Done;
    }

    /// <summary>A line of a program that goes on when nobody can read it: a closed pipe or a full disk loses the line and nothing else.</summary>
    public static void Say(string text)
    {
        try
        {
            Line(text);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // There is no better place to tell this than the one that just failed.
        }
    }

    /// <summary>A line that begins with a coloured word.</summary>
    public static void Marked(string mark, string colour, string text)
    {
        if (IsTerminal)
            Out.Markup($"[{colour}]{mark}[/]");
        else
            Console.Out.Write(mark);
        Console.Out.WriteLine($" {Plain(text)}");
    }

    /// <summary>Words of a model or of a stranger: whatever would steer the terminal is taken out.</summary>
    public static string Plain(string text) => text.Any(Steers) ? string.Concat(text.ReplaceLineEndings("\n").Where(c => !Steers(c))) : text;

    public static void Note(string text) => Console.Error.WriteLine(Plain(text));

    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.None).HideFooters();
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column.ToUpperInvariant(), new Style(decoration: Decoration.Dim))).NoWrap().PadRight(3));
        return table;
    }

    /// <summary>A row is one line, however narrow the terminal: it may break the line at its edge, but nothing is cut and an id can be copied whole.</summary>
    public static void Write(Table table)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Out.Profile.Capabilities.Ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Out.Profile.Capabilities.Ansi ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(new LineEndTrimmer(Console.Out)),
        });
        console.Profile.Width = Endless;
        console.Write(table);
    }

    public static Text Cell(object? value) => new(value switch
    {
        null => "-",
        DateTimeOffset at => PersonTime.Of(at),
        IEnumerable<string> many => string.Join(", ", many),
        _ => Plain(value.ToString() ?? "-"),
    });

    public static int Fail(string message, string? hint, int exitCode)
    {
        Console.Error.WriteLine(Plain(hint is null ? message : $"{message} {hint}"));
        return exitCode;
    }

    public static int Fail(Fault fault, bool json)
    {
        if (json)
            Console.Error.WriteLine(JsonSerializer.Serialize(new { error = new { fault.Code, fault.Message, fault.Hint } }, JsonOptions));
        else
            Fail(fault.Message, fault.Hint, 0);
        return fault.Kind == FaultKind.Invalid ? CommandLine.Usage : CommandLine.Failed;
    }

    // A lone carriage return writes over its line; an override of the direction shows letters in another order than they have.
    private static bool Steers(char c) => char.IsControl(c) ? c is not ('\n' or '\t') : c is '\u202d' or '\u202e';

    private static IAnsiConsole Make(TextWriter writer, bool redirected)
    {
        var plain = redirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        // A pipe has no width: nothing is cut or wrapped for it.
        if (redirected)
            console.Profile.Width = Endless;
        return console;
    }
}
