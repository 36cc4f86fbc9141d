using System.Collections.Immutable;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify;

/// <summary>A repair run as people are told about it, and how far one sender has told it.</summary>
public sealed record Story
{
    public required string Run { get; init; }

    public required string Node { get; init; }

    /// <summary>One line: node and what is wrong with it.</summary>
    public required string Title { get; init; }

    /// <summary>One line: what is wrong with the node.</summary>
    public required string Cause { get; init; }

    public required RunState State { get; init; }

    public required StepKind Step { get; init; }

    public required int Attempt { get; init; }

    public required string FaultClass { get; init; }

    /// <summary>startsAt of the first alert; null when it is unknown or lies after the receipt.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Receipt of the first alert.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>Null while the run lives.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public required ImmutableArray<StoryChapter> Chapters { get; init; }

    public required ImmutableArray<string> Fingerprints { get; init; }

    /// <summary>The run on this system; null when its public address is not configured.</summary>
    public Uri? Link { get; init; }

    /// <summary>The sender's own reference; empty before its first call.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Chapters that the sender has told.</summary>
    public int Told { get; init; }

    /// <summary>What stands behind the reference was brought up to this very snapshot a moment ago, by the caller of this pass.</summary>
    public bool ShownIsCurrent { get; init; }

    /// <summary>Chapters that belong to the beginning: the fault, and the node's leaving when it followed at once.</summary>
    public int Opening => Chapters is [_, { Entered: true, State: RunState.Quarantined }, ..] ? 2 : Math.Min(1, Chapters.Length);

    public IEnumerable<StoryChapter> Untold => Chapters.Skip(Told);

    public bool AllTold => Told >= Chapters.Length;
}
