using System.Collections.Immutable;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>When a job can start if what runs ends when it says, and nobody who comes later takes the places.</summary>
/// <param name="Known">False: something in the way does not say when it ends, or no node would ever do.</param>
/// <param name="At">Unix milliseconds; now: by what is counted it fits now. 0 when not known.</param>
/// <param name="Nodes">Indices of the nodes where it starts, ascending; empty when it never can.</param>
/// <param name="Reason">What stands in the way, for people; empty when <paramref name="Known"/>.</param>
public sealed record StartEstimate(bool Known, long At, ImmutableArray<int> Nodes, string Reason)
{
    internal static StartEstimate Never(string reason) => new(false, 0, [], reason);

    /// <summary>A known start goes before one that is not, and that before none at all.</summary>
    internal bool IsBetterThan(StartEstimate other)
        => Known != other.Known ? Known : Known ? At < other.At : other.Nodes.IsEmpty && !Nodes.IsEmpty;
}
