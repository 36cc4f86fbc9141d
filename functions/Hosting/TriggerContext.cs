namespace Pipeline.Functions.Hosting;

/// <summary>What a host knows about one invocation.</summary>
/// <param name="InvocationId">Unique; for logs.</param>
/// <param name="DequeueCount">Queue triggers: 1 at the first delivery. Timers: 0.</param>
public sealed record TriggerContext(string Function, string InvocationId, int DequeueCount);
