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

/// <summary>A suite of cases that can be run alone and in a smaller size, since the whole takes long.</summary>
internal interface ICaseSuite : ISuite
{
    /// <summary>Name of the one case to run; null: all.</summary>
    string? Case { set; }

    /// <summary>Sizes are divided by this; at least 1.</summary>
    int Divisor { set; }
}
