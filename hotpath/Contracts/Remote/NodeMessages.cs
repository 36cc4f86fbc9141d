using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>
/// Actions and workloads of nodes between the port to the cluster and its messages. The message enums have a number for "not given" in
/// front; what is not given or not known is refused.
/// </summary>
public static class NodeMessages
{
    public static ActionKind ToMessage(this NodeActionKind kind) => (ActionKind)((int)kind + 1);

    /// <exception cref="InvalidRequestException">There is no such kind.</exception>
    public static NodeActionKind ToKind(this ActionKind kind) => Known((NodeActionKind)((int)kind - 1), "kind");

    public static ActionReply ToMessage(this ActionStatus status) => new()
    {
        Stage = status.State.ToMessage(),
        // Rounded up: asked too early, the action would still run.
        CheckAfter = (long)Math.Ceiling(status.CheckAfter.TotalMilliseconds),
        Detail = status.Detail,
    };

    public static ActionStatus ToStatus(this ActionReply reply) => new(reply.Stage.ToState(), TimeSpan.FromMilliseconds(reply.CheckAfter), reply.Detail);

    public static EvictOutcome ToMessage(this EvictionOutcome outcome) => (EvictOutcome)((int)outcome + 1);

    public static EvictionOutcome ToOutcome(this EvictOutcome outcome) => Known((EvictionOutcome)((int)outcome - 1), "outcome");

    public static NodeWorkload ToMessage(this ClusterWorkload workload) => new()
    {
        Id = workload.Id,
        Name = workload.Name,
        Node = workload.Node,
        GpuCount = workload.GpuCount,
        GpuMilli = workload.GpuMilli,
        GpuMask = workload.GpuMask,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
        Group = workload.Group,
        Terminating = workload.Terminating,
    };

    public static ClusterWorkload ToWorkload(this NodeWorkload message) => new(
        message.Id, message.Name, message.Node, message.GpuCount, message.GpuMilli, message.GpuMask, message.CpuMilli, message.MemoryMib,
        message.Group, message.Terminating);

    public static ActionRecord ToMessage(this ExecutedAction action) => new()
    {
        Key = action.Key,
        Node = action.Node,
        Kind = action.Kind.ToMessage(),
        GpuMask = action.GpuMask,
        StartedAt = action.StartedAt.ToUnixTimeMilliseconds(),
        EndsAt = action.EndsAt.ToUnixTimeMilliseconds(),
        Stage = action.State.ToMessage(),
        Detail = action.Detail,
    };

    public static ExecutedAction ToExecuted(this ActionRecord message) => new(
        message.Key, message.Node, message.Kind.ToKind(), message.GpuMask, DateTimeOffset.FromUnixTimeMilliseconds(message.StartedAt),
        DateTimeOffset.FromUnixTimeMilliseconds(message.EndsAt), message.Stage.ToState(), message.Detail);

    private static ActionStage ToMessage(this ActionState state) => (ActionStage)((int)state + 1);

    private static ActionState ToState(this ActionStage stage) => Known((ActionState)((int)stage - 1), "stage");

    private static T Known<T>(T value, string field)
        where T : struct, Enum
        => Enum.IsDefined(value) ? value : throw new InvalidRequestException($"{field}: is missing or no {typeof(T).Name}");
}
