using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Nodes</c>. An action has a key and is started once under it; an eviction asks for what is either so or on its way.</summary>
internal static class NodeMethods
{
    private const string Service = "pipeline.v1.Nodes";

    public static readonly GrpcMethod<StartActionRequest, ActionReply> StartAction = new(Service, "StartAction", ActionReply.Parser, true);

    public static readonly GrpcMethod<GetActionRequest, ActionReply> GetAction = new(Service, "GetAction", ActionReply.Parser, true);

    public static readonly GrpcMethod<CheckHealthRequest, CheckHealthReply> CheckHealth = new(Service, "CheckHealth", CheckHealthReply.Parser, true);

    public static readonly GrpcMethod<ListNodeWorkloadsRequest, ListNodeWorkloadsReply> ListWorkloads = new(Service, "ListWorkloads", ListNodeWorkloadsReply.Parser, true);

    public static readonly GrpcMethod<EvictRequest, EvictReply> Evict = new(Service, "Evict", EvictReply.Parser, true);
}
