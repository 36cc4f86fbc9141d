using System.Globalization;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Recovery;

/// <summary>
/// Puts damaged files under <c>damaged/TIME</c> in the data directory, with a report beside them. Nothing is ever deleted there.
/// </summary>
internal sealed class DamagedFiles(string dataDirectory, TimeProvider time)
{
    private readonly List<string> _moved = [];
    private string? _place;

    public IReadOnlyList<string> Moved => _moved;

    public void Move(string path)
    {
        var target = TargetOf(path);
        if (Directory.Exists(path))
            Directory.Move(path, target);
        else
            File.Move(path, target);
        _moved.Add(target);
    }

    public void Copy(string path)
    {
        var target = TargetOf(path);
        File.Copy(path, target);
        _moved.Add(target);
    }

    public void WriteReport(IEnumerable<string> problems) => File.WriteAllLines(Path.Combine(Place(), "report.txt"), problems);

    private string TargetOf(string path) => Path.Combine(Place(), Path.GetFileName(path));

    private string Place()
    {
        if (_place != null)
            return _place;
        var stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var root = Path.Combine(dataDirectory, "damaged");
        for (var i = 1; _place == null; i++)
        {
            var candidate = Path.Combine(root, $"{stamp}-{i}");
            if (!Directory.Exists(candidate))
                _place = candidate;
        }
        Directory.CreateDirectory(_place);
        DiskSync.Directory(root);
        return _place;
    }
}
