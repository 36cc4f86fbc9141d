namespace Pipeline.Kubernetes;

/// <summary>Collects what is wrong with options, so that an operator sees all of it at once.</summary>
internal sealed class OptionProblems
{
    private readonly List<string> _problems = [];

    public void Check<T>(string name, T value, T low, T high)
        where T : IComparable<T>
    {
        if (value.CompareTo(low) < 0 || value.CompareTo(high) > 0)
            _problems.Add($"{name}: must be {low} to {high}, was {value}");
    }

    public void Check(bool good, string problem)
    {
        if (!good)
            _problems.Add(problem);
    }

    /// <exception cref="ArgumentException">There are some.</exception>
    public void Throw()
    {
        if (_problems.Count > 0)
            throw new ArgumentException(string.Join("; ", _problems));
    }
}
