using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Turns;

namespace Vigil.Gateway.Chats;

/// <summary>A turn that came to no reply, as a fault for whoever asked.</summary>
internal static class TurnFaults
{
    public static Fault Of(TurnResult turn) => turn.End switch
    {
        TurnEnd.ModelFailed => FaultStatus.Of(turn.Failure!),
        TurnEnd.StepLimit => new Fault("step_limit", "The agent called tools without end; the turn was stopped.", "Raise turns.steps, or ask for less at once.") { Kind = FaultKind.Provider },
        TurnEnd.Deadline => new Fault("deadline", "The turn took longer than its deadline.", "Raise turns.deadline, or ask for less at once.") { Kind = FaultKind.Timeout },
        _ => new Fault("cancelled", "The turn was cancelled.", "Send the message again.") { Kind = FaultKind.Unavailable },
    };
}
