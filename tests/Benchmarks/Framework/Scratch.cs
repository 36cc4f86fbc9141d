namespace Pipeline.Benchmarks.Framework;

/// <summary>
/// An empty folder that is removed afterwards. It lies in the folder for temporary files (<c>TMPDIR</c>), which should be on the disk
/// that is to be measured.
/// </summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pipeline-bench-").FullName;

    public string Sub(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
