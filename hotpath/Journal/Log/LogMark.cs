namespace Pipeline.Journal.Log;

/// <summary>An address at which reading can begin, and the first data sequence found from there on.</summary>
internal readonly record struct LogMark(long Address, long FirstSequence);
