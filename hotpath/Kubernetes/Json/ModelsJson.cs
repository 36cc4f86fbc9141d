using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Json;

/// <summary>
/// The kinds of this project. A project with kinds of its own has a context of its own, one line a kind, and names it in
/// <see cref="ResourceKind{T}"/>.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KubernetesList<Node>))]
[JsonSerializable(typeof(KubernetesList<Pod>))]
[JsonSerializable(typeof(KubernetesList<PodDisruptionBudget>))]
[JsonSerializable(typeof(KubernetesList<PersistentVolumeClaim>))]
[JsonSerializable(typeof(KubernetesList<PersistentVolume>))]
[JsonSerializable(typeof(KubernetesList<StorageClass>))]
[JsonSerializable(typeof(KubernetesList<CsiNode>))]
[JsonSerializable(typeof(KubernetesList<Lease>))]
[JsonSerializable(typeof(KubernetesList<Event>))]
[JsonSerializable(typeof(KubernetesList<HyperNode>))]
[JsonSerializable(typeof(KubernetesList<PodGroup>))]
[JsonSerializable(typeof(KubernetesList<Workspace>))]
[JsonSerializable(typeof(KubernetesList<Project>))]
[JsonSerializable(typeof(KubernetesList<MachineProfile>))]
[JsonSerializable(typeof(KubernetesList<Reservation>))]
[JsonSerializable(typeof(KubernetesList<NodeRepair>))]
[JsonSerializable(typeof(NodeRepairStatus))]
[JsonSerializable(typeof(KubernetesList<PartialObject>))]
[JsonSerializable(typeof(PodAffinityTerm))]
[JsonSerializable(typeof(Binding))]
[JsonSerializable(typeof(Eviction))]
[JsonSerializable(typeof(DeleteOptions))]
[JsonSerializable(typeof(Status))]
[JsonSerializable(typeof(ApiResourceList))]
[JsonSerializable(typeof(ServerVersion))]
[JsonSerializable(typeof(ExecCredential))]
internal sealed partial class ModelsJson : JsonSerializerContext;
