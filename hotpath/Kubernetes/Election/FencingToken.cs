namespace Pipeline.Kubernetes.Election;

/// <summary>
/// Which leadership something was done in. <paramref name="Term"/> (the lease's leaseTransitions) grows with every leadership, so whoever
/// remembers the largest one can refuse a leader that does not know yet that it was replaced.
/// </summary>
/// <param name="Lease">Its uid: terms of a lease that was deleted and made anew count from the start.</param>
public readonly record struct FencingToken(string Lease, int Term, string Holder);
