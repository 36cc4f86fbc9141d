using Pipeline.Journal.Recovery;

namespace Pipeline.Journal.Log;

/// <summary>What a log is started from, once <see cref="LogFiles"/> has prepared its files.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Scan">What the files hold.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Witness">Where acknowledged sequences are noted; not owned by the log.</param>
/// <param name="LogId">Id of the log.</param>
internal sealed record LogStart(DurableLogOptions Options, LogScan Scan, Verdict Verdict, Witness Witness, ulong LogId);
