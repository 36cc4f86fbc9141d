namespace Pipeline.Functions.Hosting;

/// <summary>What a timer function is told, in the shape of the isolated worker's type of this name.</summary>
/// <param name="ScheduleStatus">Null when the schedule is not monitored.</param>
/// <param name="IsPastDue">The occurrence was missed and is made up for now.</param>
public sealed record TimerInfo(ScheduleStatus? ScheduleStatus, bool IsPastDue);

/// <param name="Last">The occurrence before this one that ran; null at the first.</param>
/// <param name="Next">The occurrence after this one.</param>
/// <param name="LastUpdated">When this was written.</param>
public sealed record ScheduleStatus(DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset LastUpdated);
