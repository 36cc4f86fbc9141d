using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>
/// Reads what a pod says of itself. A value that cannot be read is as good as absent, and is named among the problems: one pod's
/// spelling must never hold up another pod.
/// </summary>
internal sealed partial class PodLabels(Pod pod)
{
    private readonly List<string> _problems = [];

    public IReadOnlyDictionary<string, string> Labels => pod.Metadata.Labels;

    public IReadOnlyDictionary<string, string> Annotations => pod.Metadata.Annotations;

    /// <summary>Each begins with the field.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public void Refuse(string field, string problem) => _problems.Add($"{field}: {problem}");

    public string Text(string label) => Labels.GetValueOrDefault(label, "");

    public T OneOf<T>(string label, T otherwise, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (!Labels.TryGetValue(label, out var text))
            return otherwise;
        foreach (var (name, value) in choices)
        {
            if (text == name)
                return value;
        }

        var names = new List<string>();
        foreach (var (name, _) in choices)
            names.Add(name);
        Refuse(label, $"'{text}' is none of {string.Join(", ", names)}");
        return otherwise;
    }

    /// <returns>Null when it is absent, or no whole number in the range.</returns>
    public int? Number(string key, IReadOnlyDictionary<string, string> from, int low, int high)
    {
        if (!from.TryGetValue(key, out var text))
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high)
            return number;
        Refuse(key, $"'{text}' is no whole number from {low} to {high}");
        return null;
    }

    /// <summary>Seconds, or a duration such as <c>1h30m</c>; up to a year.</summary>
    public int? Seconds(string annotation)
    {
        const int Year = 366 * 86_400;
        if (!Annotations.TryGetValue(annotation, out var text))
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds <= Year : TryDuration(text, out seconds) && seconds <= Year)
            return seconds;
        Refuse(annotation, $"'{text}' is neither seconds nor a duration such as 1h30m, of a year at most");
        return null;
    }

    private static bool TryDuration(string text, out int seconds)
    {
        seconds = 0;
        if (text.Length > 32 || Duration().Match(text) is not { Success: true, Length: > 0 } match)
            return false;
        long sum = 0;
        foreach (var (unit, size) in (ReadOnlySpan<(string, long)>)[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)])
            sum += match.Groups[unit] is { Success: true, Value: var digits } ? long.Parse(digits, CultureInfo.InvariantCulture) * size : 0;
        seconds = (int)Math.Min(sum, int.MaxValue);
        return true;
    }

    [GeneratedRegex("^(?:(?<d>[0-9]{1,6})d)?(?:(?<h>[0-9]{1,6})h)?(?:(?<m>[0-9]{1,8})m)?(?:(?<s>[0-9]{1,9})s)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Duration();
}
