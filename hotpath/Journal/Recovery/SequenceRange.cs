namespace Pipeline.Journal;

/// <summary>Sequences from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
public readonly record struct SequenceRange(long From, long To)
{
    public override string ToString() => From == To ? $"{From}" : $"{From} to {To}";
}
