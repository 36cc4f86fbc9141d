using System.Globalization;
using System.Text;

namespace Pipeline.Simulation.Tests.Core;

/// <summary>The last things that happened. Texts are made only when somebody reads them.</summary>
internal sealed class Trace(Schedule schedule)
{
    private const int Kept = 60;

    private readonly (long At, string What, object? One, object? Two, object? Three)[] _entries = new (long, string, object?, object?, object?)[Kept];
    private readonly long _start = schedule.Now;
    private long _count;

    public void Add(string what, object? one = null, object? two = null, object? three = null)
        => _entries[_count++ % Kept] = (schedule.Now, what, one, two, three);

    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = Math.Max(0, _count - Kept); i < _count; i++)
        {
            var (at, what, one, two, three) = _entries[i % Kept];
            text.Append(CultureInfo.InvariantCulture, $"{(at - _start) / 1000.0,10:F3} {what} {one} {two} {three}").AppendLine();
        }

        return text.ToString();
    }
}
