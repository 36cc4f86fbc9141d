namespace Pipeline.Functions.Api.Simulation;

/// <param name="NeedsGpu">The body of <c>POST /sim/faults</c> must name a GPU.</param>
public sealed record FaultKindJson(string Name, string Title, bool NeedsGpu);

public sealed record FaultKindListJson(IReadOnlyList<FaultKindJson> Kinds);

/// <param name="Gpu">GPU index, 0 to 31; required by kinds that need one.</param>
/// <param name="Alert">Also sends the alert that monitoring would raise; true when not given.</param>
public sealed record FaultBody(string? Node, string? Kind, int? Gpu, bool? Alert);

/// <param name="Alert">Name of the alert that was sent, or null.</param>
public sealed record FaultJson(string Node, string Kind, int? Gpu, string? Alert);

/// <param name="Kind">DriverReset, GpuReset, Reboot or PowerCycle.</param>
/// <param name="State">Running, Succeeded or Failed.</param>
public sealed record ActionJson(string Key, string Kind, string State, string StartedAt, string Detail);

public sealed record ActionListJson(IReadOnlyList<ActionJson> Actions);
