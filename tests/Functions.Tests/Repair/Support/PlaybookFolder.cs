using Pipeline.Functions.Repair.Playbooks;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Tests.Repair.Support;

/// <summary>A small folder of playbooks for one test to spoil.</summary>
internal sealed class PlaybookFolder : IDisposable
{
    public const string Taxonomy = """
        nodeLabels: [node]
        gpuLabels: [gpu]
        classLabel: fault_class
        xid:
          labels: [xid]
          alerts: '(?i)xid'
          values: [A]
          unknownClass: broken
        xid154:
          fields: [summary]
          actions:
            None: broken
        correlations:
          - { xid: 48, with: [63, 64], window: 10m, class: broken }
        rules:
          - { alert: 'Hot', class: broken }
        xids:
          79: { name: OFF_THE_BUS, class: broken }
        """;

    public const string Guard = """
        maxRepairingPercent: 20
        maxAttempts: 12
        """;

    public const string Broken = """
        class: broken
        severity: 50
        observe: { repeats: 2, window: 1h }
        ladder:
          - { step: drain, scope: gpu, deadline: 10m, tries: 2, onFailure: escalate }
          - { step: gpuReset, deadline: 90s, onFailure: next }
        healthCheck: { deadline: 2m, tries: 3 }
        soak: 5m
        ending: needsHardware
        """;

    public PlaybookFolder()
    {
        Write("taxonomy.yaml", Taxonomy);
        Write("guard.yaml", Guard);
        Write("broken.yaml", Broken);
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("playbooks").FullName;

    public PlaybookFolder Write(string file, string text)
    {
        File.WriteAllText(Path.Combine(Directory, file), text);
        return this;
    }

    public PlaybookFolder Remove(string file)
    {
        File.Delete(Path.Combine(Directory, file));
        return this;
    }

    public PlaybookSet Load() => PlaybookLoader.Load(Directory, ShippedPlaybooks.Repeatable);

    public IReadOnlyList<FileError> Errors() => Assert.Throws<PlaybookException>(Load).Errors;

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
