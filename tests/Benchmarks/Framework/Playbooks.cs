namespace Pipeline.Benchmarks.Framework;

internal static class Playbooks
{
    /// <summary>Writes the product's playbooks with the storm guard off, so that every faulty node is repaired at once.</summary>
    /// <returns>The folder.</returns>
    public static string WithoutGuard(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks"), "*.yaml"))
        {
            var text = File.ReadAllText(file).Replace("maxRepairingPercent: 20", "maxRepairingPercent: 100", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), text);
        }
        return folder;
    }
}
