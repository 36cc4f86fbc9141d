namespace Pipeline.Scheduling.Queue;

/// <summary>Waiting jobs of equal shape and rank, in the order of their arrival: only the first is ever judged.</summary>
/// <param name="Key">See <see cref="PendingJob.ClassKey"/>; null: the slot is free.</param>
/// <param name="First">Slot of the job that came first.</param>
/// <param name="Base">Points that all its jobs have (<see cref="Tenancy.Priorities.Base"/>).</param>
internal readonly record struct JobClass(string? Key, int First, int Last, int Count, long Base);
