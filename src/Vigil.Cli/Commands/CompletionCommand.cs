using System.CommandLine;
using Vigil.Cli.Terminal;

namespace Vigil.Cli.Commands;

/// <summary>Prints a script that makes a shell complete vigil's commands; the words come from the command line's own definition.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _vigil() {
          local IFS=$'\n'
          COMPREPLY=( $(compgen -W "$(vigil "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -F _vigil vigil
        """;

    private const string Zsh = """
        #compdef vigil
        _vigil() {
          local -a words
          words=("${(@f)$(vigil "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $words
        }
        compdef _vigil vigil
        """;

    private const string Fish = """
        complete -c vigil -f -a '(vigil "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new ExampleCommand(
            "completion", "A script that makes the shell complete vigil's commands.", "source <(vigil completion bash)", "vigil completion zsh > ~/.zfunc/_vigil", "vigil completion fish | source")
        {
            shell,
        };
        command.SetAction(parsed => Output.Line(parsed.GetValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
