using System.CommandLine;
using System.CommandLine.Parsing;
using Vigil.Errors;

namespace Vigil.Cli.Terminal;

/// <summary>What is wrong with a command line: the word that does not fit, and what was most likely meant.</summary>
internal static class UsageText
{
    public static (string Message, string Hint) Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var help = $"See: {Path(command)} --help";
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            var known = word.StartsWith('-') ? Options(command) : command.Subcommands.Select(sub => sub.Name);
            var near = Nearest.To(word, known) is { } meant ? $"Did you mean '{(word.StartsWith('-') ? meant : $"{Path(command)} {meant}")}'? {help}" : help;
            if (word.StartsWith('-'))
                return ($"{Path(command)} has no option {word}.", near);
            if (command.Subcommands.Count > 0)
                return ($"There is no command '{Path(command)} {word}'.", near);
            return ($"{Path(command)} does not take '{word}'.", $"A text of several words stands in quotes. {help}");
        }
        var first = parsed.Errors[0];
        return (Conversion(first) ?? OneLine(first.Message), help);
    }

    /// <summary>An argument without a character, as a script gives it whose variable is unset; null when there is none.</summary>
    public static (string Message, string Hint)? OfBlank(ParseResult parsed)
        => parsed.CommandResult.Children.OfType<ArgumentResult>().FirstOrDefault(argument => argument.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))) is { } blank
            ? ($"<{blank.Argument.Name}> is empty.", $"See: {Path(parsed.CommandResult.Command)} --help")
            : null;

    // The library names the type of .NET that a text could not become.
    private static string? Conversion(ParseError error)
    {
        if (!error.Message.Contains("expected type", StringComparison.Ordinal) || error.SymbolResult is not { Tokens: [var token, ..] } result)
            return null;
        var (name, type) = result switch
        {
            OptionResult option => (option.Option.Name, option.Option.ValueType),
            ArgumentResult { Parent: OptionResult option } => (option.Option.Name, option.Option.ValueType),
            ArgumentResult argument => ($"<{argument.Argument.Name}>", argument.Argument.ValueType),
            _ => ("this", typeof(string)),
        };
        return $"'{token.Value}' is no value for {name}: {Wanted(Nullable.GetUnderlyingType(type) ?? type)}.";
    }

    private static string Wanted(Type type)
        => type == typeof(DateTimeOffset) ? "it takes an instant, for example 2027-01-01T00:00:00Z"
        : type == typeof(int) || type == typeof(long) ? "it takes a whole number"
        : type == typeof(decimal) || type == typeof(double) ? "it takes a number, for example 2.00"
        : type == typeof(bool) ? "it takes true or false"
        : "see what it takes";

    private static IEnumerable<string> Options(Command command)
        => command.Options.Concat(command.Parents.OfType<RootCommand>().Concat(command.Parents.SelectMany(parent => parent.Parents).OfType<RootCommand>()).SelectMany(root => root.Options.Where(option => option.Recursive)))
            .Select(option => option.Name);

    // The library lists allowed words one a line.
    private static string OneLine(string message)
        => message.ReplaceLineEndings("\n").Replace(":\n\t", ": ", StringComparison.Ordinal).Replace("\n\t", ", ", StringComparison.Ordinal).Replace('\n', ' ').Trim().TrimEnd('.') + ".";

    private static string Path(Command command)
        => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "vigil";
}
