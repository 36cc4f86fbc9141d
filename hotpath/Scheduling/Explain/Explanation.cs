using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Scheduling.Explain;

/// <summary>Why a job waits and what would let it run, or why it is where it is.</summary>
/// <param name="Position">Jobs before it in the queue; 0 when it has a place.</param>
/// <param name="Reasons">What stands in its way, for nodes in the order of the codes, what no node can be blamed for last; empty when it has a place.</param>
/// <param name="Remedies">
/// Single changes, each the least of its kind that would let it run, in the order of the codes (<see cref="RemedyCode"/>); empty where it
/// waits for its turn alone.
/// </param>
/// <param name="Seats">Where it is; empty while it waits.</param>
/// <param name="Facts">Why it is there, as far as the model still shows it: what decided first.</param>
public sealed record Explanation(
    bool IsPending, int Position, ImmutableArray<ReasonCount> Reasons, ImmutableArray<Remedy> Remedies, ImmutableArray<GangSeat> Seats,
    ImmutableArray<Fact> Facts);

/// <summary>What a <see cref="Fact"/> is about. There are no others.</summary>
public enum FactCode : byte
{
    None = 0,

    /// <summary>It is on the block of its own reservation, which goes before every other node.</summary>
    OwnReservation = 1,

    /// <summary>The node is kept for somebody; it ends before that.</summary>
    EndsInTime = 2,

    /// <summary>Others were told to go for it, and have not gone.</summary>
    OthersGo = 3,

    /// <summary>Replicas of a service are spread and then packed.</summary>
    Spread = 4,

    /// <summary>Members of a gang keep together in the network.</summary>
    Domain = 5,

    /// <summary>The node is for jobs of its size.</summary>
    OwnZone = 6,

    /// <summary>The node is for jobs of another size: those for its own had no room.</summary>
    OtherZone = 7,

    /// <summary>The order in which nodes are preferred where nothing else decides.</summary>
    Rule = 8,

    /// <summary>What its GPUs count as.</summary>
    Quota = 9,

    /// <summary>Its GPUs are borrowed.</summary>
    Borrowed = 10,
}

/// <param name="Text">For people.</param>
public readonly record struct Fact(FactCode Code, string Text);

/// <summary>Why a node cannot take a job; the first that applies is counted. There are no others.</summary>
public enum ReasonCode : byte
{
    None = 0,

    /// <summary>Out of scheduling by a repair run.</summary>
    Quarantined = 1,

    /// <summary>Cordoned by a person or a foreign controller.</summary>
    Cordoned = 2,
    Unreachable = 3,

    /// <summary>Of a machine group that will not do.</summary>
    WrongGroup = 4,

    /// <summary>The project has no quota left in the node's group; the amount is what it lacks, in milli-GPU.</summary>
    OverQuota = 5,

    /// <summary>Kept for a reservation, or for a job that waits longer.</summary>
    HeldForReservation = 6,

    /// <summary>It would have enough free GPUs were some of them not bad.</summary>
    BadGpus = 7,
    TooFewGpus = 8,
    TooLittleCpu = 9,
    TooLittleMemory = 10,

    /// <summary>It has room: the job waits for its turn, or for the other members of its gang.</summary>
    HasRoom = 11,

    /// <summary>
    /// No network domain of the allowed tiers holds what the gang lacks; the amount is how many nodes the best one lacks, or, where there is no
    /// such domain, how many it would need.
    /// </summary>
    DomainTooSmall = 12,

    /// <summary>It has room, but may have no more workloads.</summary>
    TooManyWorkloads = 13,

    /// <summary>Not among the nodes to which the job is limited.</summary>
    NotSelected = 14,

    /// <summary>
    /// Members of the gang may not share a node; the amount is how many nodes with room they lack, where the topology is hard in the domain that has
    /// the most.
    /// </summary>
    TooFewNodes = 15,
}

/// <param name="Nodes">How many nodes; 0 for a reason that is not a node's.</param>
/// <param name="Subject">Group, project or domain that it is about; may be empty.</param>
/// <param name="Amount">See the code; 0 where it has none.</param>
public readonly record struct ReasonCount(ReasonCode Code, int Nodes, string Subject, long Amount);

/// <summary>A kind of change that would let a job run, ordered from what costs least. There are no others.</summary>
public enum RemedyCode : byte
{
    None = 0,

    /// <summary>By so many milli-GPU in the group.</summary>
    RaiseQuota = 1,

    /// <summary>Accept the group.</summary>
    AcceptGroup = 2,

    /// <summary>Allow the tier.</summary>
    AllowTier = 3,

    /// <summary>Be content with so many members.</summary>
    FewerMembers = 4,

    /// <summary>Ask for so much CPU, in thousandths of a core.</summary>
    LessCpu = 5,

    /// <summary>Ask for so much memory, in MiB.</summary>
    LessMemory = 6,

    /// <summary>Ask for so many GPUs.</summary>
    FewerGpus = 7,

    /// <summary>Run as Spot, which needs no quota.</summary>
    AsSpot = 8,

    /// <summary>Give the node back to scheduling: end its repair, or take the cordon off.</summary>
    ReturnNode = 9,

    /// <summary>Let so many workloads of the node go.</summary>
    FreeNode = 10,
}

/// <param name="Amount">See the code.</param>
/// <param name="Subject">Group, node or project that it is about; may be empty.</param>
/// <param name="Workloads">Those that would have to go, for <see cref="RemedyCode.FreeNode"/>; else empty.</param>
public readonly record struct Remedy(RemedyCode Code, long Amount, string Subject, ImmutableArray<ulong> Workloads);
