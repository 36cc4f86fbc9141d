namespace Pipeline.Kubernetes.Access;

/// <summary>The configuration does not say how to reach a cluster; the message names the file and the field.</summary>
public sealed class ClusterAccessException(string message, Exception? inner = null) : Exception(message, inner);
