using System.Text.Json.Serialization;
using Pipeline.Functions.Api.Events;
using Pipeline.Functions.Api.Simulation;

namespace Pipeline.Functions.Api;

/// <summary>Serialisation of every body, generated at compile time; camelCase.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(RunListJson))]
[JsonSerializable(typeof(NodeListJson))]
[JsonSerializable(typeof(NodeDetailJson))]
[JsonSerializable(typeof(ReturnBody))]
[JsonSerializable(typeof(ReturnedJson))]
[JsonSerializable(typeof(WorkloadListJson))]
[JsonSerializable(typeof(ExplanationJson))]
[JsonSerializable(typeof(PolicyChangeJson))]
[JsonSerializable(typeof(PolicyProblemsJson))]
[JsonSerializable(typeof(AlertListJson))]
[JsonSerializable(typeof(FaultKindListJson))]
[JsonSerializable(typeof(FaultBody))]
[JsonSerializable(typeof(FaultJson))]
[JsonSerializable(typeof(ActionListJson))]
[JsonSerializable(typeof(SnapshotJson))]
[JsonSerializable(typeof(DeltaJson))]
internal sealed partial class ApiJson : JsonSerializerContext;

public sealed record ErrorJson(string Error);
