using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>What operators see on a pod: its PodScheduled condition, and events. Events go out behind everything else, and when there are too many some are left out.</summary>
internal sealed class PodReports : IAsyncDisposable
{
    // A burst beyond this is news that nobody reads.
    private const int MaxWaiting = 4096;

    private const int SlicesOfASecond = 10;

    // Few write on a pod that waits; whatever it is, the reason is told again with the next report.
    private const int MostAttempts = 3;

    private readonly KubernetesClient _client;
    private readonly TimeProvider _time;
    private readonly CallMetrics _metrics;
    private readonly int _perSecond;
    private readonly string _schedulerName;
    private readonly Channel<(ObjectReference About, string Type, string Reason, string Message)> _events = Channel.CreateBounded<(ObjectReference, string, string, string)>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _telling;

    public PodReports(KubernetesClient client, KubernetesOptions options, TimeProvider time, CallMetrics metrics)
    {
        (_client, _time, _metrics, _perSecond, _schedulerName) = (client, time, metrics, options.EventsPerSecond, options.SchedulerName);
        _telling = Task.Run(TellAsync);
    }

    public void Tell(Pod pod, string type, string reason, string message)
    {
        if (_perSecond == 0)
            return;
        var about = new ObjectReference
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Namespace = pod.Metadata.Namespace,
            Name = pod.Metadata.Name,
            Uid = pod.Metadata.Uid,
            ResourceVersion = pod.Metadata.ResourceVersion,
        };
        _events.Writer.TryWrite((about, type, reason, message));
    }

    /// <summary>Another scheduler says it itself of a pod that its extender has bound.</summary>
    public void Scheduled(Pod pod, string node)
    {
        if (pod.Spec.SchedulerName == _schedulerName)
            Tell(pod, "Normal", "Scheduled", $"Successfully assigned {pod.FullName} to {node}");
    }

    /// <summary>As kube-scheduler does it, so that autoscalers and people find it where they look.</summary>
    public async Task UnschedulableAsync(Pod pod, string reason, CancellationToken cancellation)
    {
        var known = pod.Status.Conditions.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (known is not { Status: "False", Reason: "Unschedulable" } || known.Message != reason)
        {
            var now = (known?.Status == "False" ? known.LastTransitionTime : null) ?? _time.GetUtcNow();
            var condition = new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["reason"] = "Unschedulable",
                ["message"] = reason,
                ["lastTransitionTime"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            };
            if (!await SayAsync(pod, condition, cancellation).ConfigureAwait(false))
                return;
        }

        Tell(pod, "Warning", "FailedScheduling", reason);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <returns>False: the pod has gone or is bound, or others kept changing it.</returns>
    private async Task<bool> SayAsync(Pod pod, JsonObject condition, CancellationToken cancellation)
    {
        for (var left = MostAttempts; ; left--)
        {
            var patch = new JsonObject
            {
                // Neither a pod of the same name that took its place is meant, nor one that was bound while this waited its turn.
                ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["resourceVersion"] = pod.Metadata.ResourceVersion },
                ["status"] = new JsonObject { ["conditions"] = new JsonArray(condition.DeepClone()) },
            };
            try
            {
                await _client.PatchAsync(Kinds.Pods, pod.FullName, Patch.StrategicMerge(patch), RequestOptions.Background with { Subresource = "status" }, cancellation).ConfigureAwait(false);
                return true;
            }
            catch (KubernetesException exception) when (exception.IsNotFound)
            {
                return false;
            }
            catch (KubernetesException exception) when (exception.IsConflict)
            {
                var now = left == 1 ? null : await _client.FindAsync(Kinds.Pods, pod.FullName, RequestOptions.Background, cancellation).ConfigureAwait(false);
                if (now?.Metadata.Uid != pod.Metadata.Uid || PodStandings.Of(now) != PodStanding.Pending)
                    return false;
                pod = now;
            }
        }
    }

    private async Task TellAsync()
    {
        if (_perSecond == 0)
            return;
        // A second's worth in one go stands in the way of the binds that it tells of.
        var atATime = Math.Max(1, _perSecond / SlicesOfASecond);
        using var slice = new PeriodicTimer(TimeSpan.FromSeconds(1) * atATime / _perSecond, _time);
        var left = atATime;
        await foreach (var (about, type, reason, message) in _events.Reader.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
        {
            if (left-- <= 0)
            {
                await slice.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false);
                left = atATime - 1;
            }

            try
            {
                await _client.RecordAsync(about, type, reason, message, RequestOptions.Background, _stopping.Token).ConfigureAwait(false);
            }
            catch (KubernetesException exception)
            {
                _metrics.Failed("event", exception);
            }
        }
    }
}
