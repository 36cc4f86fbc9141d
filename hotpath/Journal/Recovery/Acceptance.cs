using Microsoft.Extensions.Logging;

namespace Pipeline.Journal.Recovery;

/// <summary>Refuses to go on with incomplete data, or says aloud what is given up.</summary>
internal static class Acceptance
{
    /// <returns>Where to put what is given up; null when nothing is.</returns>
    public static DamagedFiles? Check(string directory, Verdict verdict, bool acceptLoss, TimeProvider time, ILogger logger)
    {
        if (verdict.Problems.Count == 0)
            return null;
        if (!acceptLoss)
            throw new DataMissingException(directory, verdict.Problems, verdict.Lost);
        foreach (var problem in verdict.Problems)
            logger.LogWarning("Loss accepted: {Problem}", problem);
        var damaged = new DamagedFiles(directory, time);
        damaged.WriteReport(verdict.Problems);
        return damaged;
    }
}
