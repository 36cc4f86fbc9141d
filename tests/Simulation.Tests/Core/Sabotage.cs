namespace Pipeline.Simulation.Tests.Core;

/// <summary>Parts that are broken on purpose, to see that the invariants notice.</summary>
internal enum Sabotage
{
    None,
    UnmarksAreDropped,
    BeginsAreNotJournaled,
    AlertsAreForgotten,

    /// <summary>An attempt that was begun before is acted upon as if it were new.</summary>
    ResumesActAgain,

    /// <summary>Time passes, and nobody looks at deadlines.</summary>
    NobodySweeps,

    /// <summary>A commit is acknowledged before it is on disk.</summary>
    CommitsLie,

    /// <summary>A bind without an answer counts as one that will not happen when the cluster does not list it.</summary>
    LostBindsAreLookedUp,

    /// <summary>What the engine has placed and nobody was told of is never found.</summary>
    NobodyRechecks,

    /// <summary>The engine does not know that a node has a run already.</summary>
    NodesForgetTheirRun,

    /// <summary>Workloads that are placed alone are placed as if no node were in repair.</summary>
    PlacementsIgnoreQuarantine,
    GangsIgnoreQuarantine,

    /// <summary>Any number of nodes is repaired at once.</summary>
    GuardIsOff,

    /// <summary>The journal tells another time than the one at which was decided.</summary>
    TimesAreJournaledLate,

    /// <summary>Who has got the place of others does not wait until they have left.</summary>
    NomineesStartAtOnce,

    /// <summary>A drain finds no workload on any node.</summary>
    DrainsFindNobody,
}
