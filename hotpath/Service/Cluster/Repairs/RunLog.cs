using Microsoft.Extensions.Logging;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Repairs;

internal static partial class RunLog
{
    [LoggerMessage(70, LogLevel.Information, "Run {Run} on {Node} is taken over: {State}, {Step}, attempt {Attempt}.")]
    public static partial void Resumed(ILogger logger, string run, string node, RunState state, StepKind step, int attempt);

    [LoggerMessage(71, LogLevel.Error, "Run {Run} on {Node} could not be taken over: {Problem}")]
    public static partial void NotResumed(ILogger logger, string run, string node, string problem);

    [LoggerMessage(76, LogLevel.Warning, "Run {Run} has ended: {Node} left the cluster while no leader saw it.")]
    public static partial void NodeLeft(ILogger logger, string run, string node);

    [LoggerMessage(72, LogLevel.Error, "The record of run {Run} cannot be read: {Problem}. Its node is known by its mark.")]
    public static partial void NotRead(ILogger logger, string run, string problem);

    [LoggerMessage(73, LogLevel.Warning, "{Node} carries the mark of run {Mark}, of which nothing else is known; it is now run {Run}, {State}.")]
    public static partial void MarkFound(ILogger logger, string node, string mark, string run, RunState state);

    [LoggerMessage(74, LogLevel.Warning, "The record of run {Run} could not be brought up to date, and is tried again: {Problem}")]
    public static partial void NotWritten(ILogger logger, string run, string problem);

    [LoggerMessage(75, LogLevel.Warning, "The records of runs cannot be followed now, and are tried again.")]
    public static partial void NotFollowed(ILogger logger, Exception exception);
}
