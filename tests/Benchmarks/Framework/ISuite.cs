namespace Pipeline.Benchmarks.Framework;

/// <summary>Measurements that belong together.</summary>
internal interface ISuite
{
    /// <summary>One word, as given on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, in a line.</summary>
    string About { get; }

    /// <summary>Sizes for the first line of the JSON file.</summary>
    string Sizes { get; }

    Task RunAsync(Report report);
}

/// <summary>A suite that runs on recorded traces.</summary>
internal interface ITraceSuite : ISuite
{
    /// <summary>Directory of the traces; null when none was given.</summary>
    string? Traces { set; }
}
