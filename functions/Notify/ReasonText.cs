using System.Collections.Frozen;
using System.Text;

namespace Pipeline.Functions.Notify;

/// <summary>The engine's reason codes as people read them, in the middle of a sentence.</summary>
internal static class ReasonText
{
    public static FrozenDictionary<string, string> Known { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["FaultAccepted"] = "fault accepted",
        ["AwaitingRepeat"] = "it is watched whether the fault repeats",
        ["NotRepeated"] = "the fault did not repeat",
        ["StormGuard"] = "too many nodes are in repair",
        ["OutOfScheduling"] = "out of scheduling",
        ["AttemptBegun"] = "an attempt began",
        ["AttemptSucceeded"] = "the attempt succeeded",
        ["AttemptFailed"] = "the attempt failed",
        ["OutcomeUnknown"] = "how the attempt ended is not known",
        ["HealthCheckPassed"] = "the health check passed",
        ["HealthCheckFailed"] = "the health check failed",
        ["SoakCompleted"] = "soak completed",
        ["FaultDuringSoak"] = "the fault came back during the soak",
        ["FaultAttached"] = "another alert of the node joined the run",
        ["Superseded"] = "a worse fault took over",
        ["AlertsTruncated"] = "alerts truncated",
        ["Resolved"] = "an alert was resolved",
        ["ResolvedBeforeAction"] = "all alerts were resolved before anything was done",
        ["LadderExhausted"] = "ladder exhausted",
        ["AttemptsExhausted"] = "all attempts that a run has are used up",
        ["PlaybookEscalates"] = "the playbook asks for a person here",
        ["StepMustSucceed"] = "the step had to succeed",
        ["HardwareSuspected"] = "hardware suspected",
        ["NodeRemoved"] = "the node is gone",
        ["NodeReturned"] = "the node was given back",
        ["HealthCheckSkipped"] = "the fault class has no health check",
        ["Unattended"] = "nobody took the attempt up",
        ["CancelledByPerson"] = "ended by a person",
        ["MarkFound"] = "of the run only its mark on the node was left",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A code that is not known here, such as that of a newer engine, is told in its own words: <c>FaultAccepted</c> is "fault accepted".</summary>
    public static string Of(string code)
    {
        if (Known.TryGetValue(code, out var text))
            return text;
        var words = new StringBuilder(code.Length + 8);
        foreach (var letter in code)
        {
            if (char.IsUpper(letter) && words.Length > 0)
                words.Append(' ');
            words.Append(char.ToLowerInvariant(letter));
        }

        return words.Length > 0 ? words.ToString() : "no reason given";
    }
}
