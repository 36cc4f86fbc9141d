namespace Pipeline.TestControlPlane;

/// <summary>A pod that its kubelet did not admit.</summary>
/// <param name="Pod">Its path on the API server.</param>
/// <param name="Shortage">What the node has not got.</param>
public sealed record Rejection(string Pod, string Node, string Shortage);
