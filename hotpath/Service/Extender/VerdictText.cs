using System.Text.Json;
using Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Extender;

/// <summary>Verdicts for people: kube-scheduler counts nodes by this text in the pod's condition and event.</summary>
internal static class VerdictText
{
    private static readonly JsonEncodedText[] Texts = [.. Enum.GetValues<NodeVerdict>().Select(verdict => JsonEncodedText.Encode(TextOf(verdict)))];

    /// <param name="detail">Said instead where the verdict is not about the node.</param>
    public static JsonEncodedText Of(NodeVerdict verdict, JsonEncodedText? detail)
        => detail is { } text && verdict is NodeVerdict.PlannedElsewhere or NodeVerdict.GangIncomplete or NodeVerdict.Refused ? detail.Value
        : (uint)verdict < (uint)Texts.Length ? Texts[(int)verdict] : Texts[0];

    /// <summary>Evictions may help, now or after a while. For the others kube-scheduler need not look for victims.</summary>
    public static bool IsCurable(NodeVerdict verdict) => verdict is NodeVerdict.BadGpus or NodeVerdict.TooFewGpus or NodeVerdict.TooLittleCpu
        or NodeVerdict.TooLittleMemory or NodeVerdict.TooManyWorkloads or NodeVerdict.HasRoom or NodeVerdict.PlannedElsewhere or NodeVerdict.GangIncomplete;

    private static string TextOf(NodeVerdict verdict) => verdict switch
    {
        NodeVerdict.Quarantined => "quarantined by a repair run",
        NodeVerdict.Cordoned => "cordoned",
        NodeVerdict.Unreachable => "unreachable",
        NodeVerdict.WrongGroup => "of another machine group",
        NodeVerdict.OverQuota => "the project has no quota left in the machine group",
        NodeVerdict.HeldForReservation => "held for a reservation",
        NodeVerdict.BadGpus => "too few GPUs are good",
        NodeVerdict.TooFewGpus => "too few free GPUs",
        NodeVerdict.TooLittleCpu => "too little CPU",
        NodeVerdict.TooLittleMemory => "too little memory",
        // In kube-scheduler's own words.
        NodeVerdict.TooManyWorkloads => "Too many pods",
        NodeVerdict.HasRoom => "the gang does not fit as a whole",
        NodeVerdict.TooSmall => "too small",
        NodeVerdict.Unknown => "not known yet",
        NodeVerdict.PlannedElsewhere => "another node is planned",
        NodeVerdict.GangIncomplete => "the gang is incomplete",
        NodeVerdict.Refused => "refused",
        _ => "not chosen",
    };
}
