using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Repair;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>What the functions' web server and triggers are built from.</summary>
internal sealed record FunctionParts(
    IHotpath Hotpath,
    EmbeddedQueue Queue,
    QueueWatch QueueWatch,
    StepExecutors Executors,
    Taxonomy Taxonomy,
    FunctionMetrics FunctionMetrics,
    MetricsPage Metrics,
    TimeProvider Time,
    ILoggerFactory Loggers);
