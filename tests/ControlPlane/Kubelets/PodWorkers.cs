using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Pipeline.TestControlPlane;

/// <summary>Carries out what <see cref="PodTable"/> says, a bounded number at a time, until the API server has taken it.</summary>
internal sealed class PodWorkers(ApiAccess api, PodTable table, KubeletOptions options, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    // Unbounded, yet no longer than the steps of the pods that there are: the table gives each step once.
    private readonly Channel<PodAction> _due = Channel.CreateUnbounded<PodAction>();

    private readonly ConcurrentQueue<Rejection> _rejections = [];
    private int _lastAddress;

    public IReadOnlyCollection<Rejection> Rejections => [.. _rejections];

    public void Add(IEnumerable<PodAction> actions)
    {
        foreach (var action in actions)
        {
            var delay = action is { Step: PodStep.Delete, Pod.IsDone: false } ? action.Pod.Grace!.Value / options.TerminationSpeed : TimeSpan.Zero;
            if (delay == TimeSpan.Zero)
                _due.Writer.TryWrite(action);
            else
                _ = AddLaterAsync(action, delay);
        }
    }

    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(Enumerable.Range(0, options.Parallelism).Select(_ => WorkAsync(cancellation)));

    private async Task AddLaterAsync(PodAction action, TimeSpan delay)
    {
        await Task.Delay(delay, time);
        _due.Writer.TryWrite(action);
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        await foreach (var action in _due.Reader.ReadAllAsync(cancellation))
        {
            // A node that has stopped since does nothing; when it is resumed, the table gives the action again.
            while (!table.IsStopped(action.Pod.Node) && !await TryAsync(action, cancellation))
                await Task.Delay(RetryDelay, time, cancellation);
        }
    }

    /// <returns>False when it has to be tried again.</returns>
    private async Task<bool> TryAsync(PodAction action, CancellationToken cancellation)
    {
        try
        {
            await DoAsync(action, cancellation);
            return true;
        }
        catch (ApiException refused) when (refused.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // The pod is gone, or another one has its name.
            return true;
        }
        catch (Exception error) when (Transient.Is(error, cancellation))
        {
            return false;
        }
    }

    private async Task DoAsync(PodAction action, CancellationToken cancellation)
    {
        var pod = action.Pod;
        switch (action.Step)
        {
            case PodStep.Run:
                await ReportAsync(pod, seen => Manifests.Running(seen, NextAddress(), time.GetUtcNow()), cancellation);
                break;
            case PodStep.Reject:
                await ReportAsync(pod, seen => Manifests.OutOf(seen, action.Shortage!, time.GetUtcNow()), cancellation);
                _rejections.Enqueue(new Rejection(pod.Path, pod.Node, action.Shortage!.ToString()!));
                break;
            case PodStep.Delete:
                await api.DeleteAsync(pod.Path, new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "DeleteOptions",
                    ["gracePeriodSeconds"] = 0,
                    ["preconditions"] = new JsonObject { ["uid"] = pod.Uid },
                }, cancellation);
                break;
        }
    }

    /// <summary>
    /// Says what a pending pod comes to. When somebody has said meanwhile that it has ended, or this was said before and the answer was lost, that
    /// stands.
    /// </summary>
    private async Task ReportAsync(Pod pod, Func<Pod, JsonObject> status, CancellationToken cancellation)
    {
        for (var seen = pod; seen.IsPending && seen.Uid == pod.Uid; seen = Pod.Of(await api.GetAsync(pod.Path, cancellation)))
        {
            try
            {
                await api.PatchAsync($"{pod.Path}/status", status(seen), ApiAccess.StrategicMergePatch, cancellation);
                return;
            }
            catch (ApiException refused) when (refused.Status == HttpStatusCode.Conflict)
            {
                // It has changed since it was seen.
            }
        }
    }

    private string NextAddress()
    {
        var number = Interlocked.Increment(ref _lastAddress);
        return $"10.{128 + ((number >> 16) & 127)}.{(number >> 8) & 255}.{number & 255}";
    }
}
