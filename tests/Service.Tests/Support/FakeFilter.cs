using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Admits the nodes that a test says.</summary>
internal sealed class FakeFilter(ulong id, params string[]? names) : INodeFilter
{
    private volatile IReadOnlyCollection<string>? _names = names;

    public ulong Id => id;

    public bool IsChangedByPlacing { get; init; }

    public bool PreemptsInTurn { get; init; }

    public IReadOnlyList<string> KeepsOff { get; init; } = [];

    public IReadOnlyList<string> KeptOffBy { get; init; } = [];

    public IReadOnlyCollection<string>? Admitted() => _names;

    /// <param name="names">Null: all.</param>
    public void Admit(params string[]? names) => _names = names;
}
