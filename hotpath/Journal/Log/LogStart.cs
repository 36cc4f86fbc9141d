using Pipeline.Journal.Recovery;

namespace Pipeline.Journal.Log;

/// <summary>How a log is to be opened, decided before anything is changed.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Scan">What the files hold.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Witness">Where acknowledged sequences are noted; not owned by the log.</param>
/// <param name="LogId">Id of the log.</param>
/// <param name="Damaged">Where to put what is given up; null when nothing is.</param>
internal sealed record LogStart(
    DurableLogOptions Options, LogScan Scan, Verdict Verdict, Witness Witness, ulong LogId, DamagedFiles? Damaged);
