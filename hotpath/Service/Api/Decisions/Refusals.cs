using Pipeline.Contracts;
using Pipeline.Scheduling;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Outcomes that a reply has no place for end the call, with the field in the words of the <c>.proto</c> file.</summary>
internal static class Refusals
{
    // The status of a call travels in a header block, which clients hold to a few KiB.
    private const int MaxField = 300;
    private const int MaxProblem = 600;
    private const int MaxQuote = 100;

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static void ThrowIfRefused(in Reply reply, FieldNames fields)
    {
        if (ReasonOf(reply.Outcome) is not null)
            throw Of(reply, fields);
    }

    /// <exception cref="InvalidOperationException">It is no refusal, and the caller has no answer for it.</exception>
    public static RequestRefusedException Of(in Reply reply, FieldNames fields)
    {
        var reason = ReasonOf(reply.Outcome) ?? throw new InvalidOperationException($"The outcome {reply.Outcome} has no answer.");
        var (field, problem) = fields.Split(reply.Detail?.ToString() ?? "");
        return new RequestRefusedException(reason, Cut(field, MaxField), Cut(problem, MaxProblem));
    }

    /// <summary>A name of the caller's, short enough to be repeated to it.</summary>
    public static string Quote(string name) => $"'{Short(name)}'";

    /// <summary>See <see cref="Quote"/>.</summary>
    public static string Short(string name) => Cut(name, MaxQuote);

    private static RefusalReason? ReasonOf(Outcome outcome) => outcome switch
    {
        Outcome.Invalid => RefusalReason.InvalidArgument,
        Outcome.NotFound => RefusalReason.NotFound,
        Outcome.AlreadyExists => RefusalReason.AlreadyExists,
        Outcome.Forbidden => RefusalReason.PermissionDenied,
        Outcome.Conflict => RefusalReason.FailedPrecondition,
        _ => null,
    };

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text.AsSpan(0, length)}...";
}
