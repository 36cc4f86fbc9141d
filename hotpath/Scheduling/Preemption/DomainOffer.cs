namespace Pipeline.Scheduling.Preemption;

/// <summary>A domain that may hold a gang.</summary>
/// <param name="Last">Only when no other will do: it is no domain but the whole cluster.</param>
/// <param name="Estimate">GPU-seconds.</param>
/// <param name="Level">Of the domain's tier: of equal costs the tightest domain wins.</param>
/// <param name="Group">Machine group, or any.</param>
internal readonly record struct DomainOffer(bool Last, long Estimate, int Level, int Domain, int Group, Preemptor By) : IComparable<DomainOffer>
{
    public int CompareTo(DomainOffer other)
        => Last != other.Last ? Last.CompareTo(other.Last)
        : Estimate != other.Estimate ? Estimate.CompareTo(other.Estimate)
        : Level != other.Level ? Level.CompareTo(other.Level)
        : Domain != other.Domain ? Domain.CompareTo(other.Domain)
        : Group.CompareTo(other.Group);
}
