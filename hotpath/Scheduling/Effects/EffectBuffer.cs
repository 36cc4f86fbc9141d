namespace Pipeline.Scheduling.Effects;

/// <summary>Collects the effects of a batch in the order in which the commands caused them.</summary>
public sealed class EffectBuffer
{
    private readonly List<Effect> _effects = [];

    public int Count => _effects.Count;

    public Effect this[int index] => _effects[index];

    public void Add(Effect effect) => _effects.Add(effect);

    public void Clear() => _effects.Clear();
}
