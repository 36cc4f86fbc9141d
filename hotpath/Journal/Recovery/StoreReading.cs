namespace Pipeline.Journal.Recovery;

/// <summary>What the store on disk turned out to be.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Exists">False when there is no sign of a store.</param>
/// <param name="Sequence">Sequence that its last intact checkpoint covers; 0 when there is none.</param>
/// <param name="Damage">A sentence when something is there that cannot be used; otherwise null.</param>
internal sealed record StoreReading(string Directory, bool Exists, long Sequence, string? Damage);
