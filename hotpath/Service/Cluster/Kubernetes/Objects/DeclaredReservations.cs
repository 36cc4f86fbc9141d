using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Snapshots;
using Engine = Pipeline.Scheduling.Reservations;
using Reservation = Pipeline.Kubernetes.Models.Reservation;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>
/// Keeps the engine's calendar and the Reservation objects in step. Which reservations are an object's is said by who asked for them and by
/// their ids, so that a step after a restart finds what it did before, and those of other callers are left alone.
/// </summary>
internal sealed class DeclaredReservations(ObjectTable<Reservation> objects, TimeProvider time, ILogger logger)
{
    /// <summary>Who asks, in the engine's books.</summary>
    public const string Actor = "kubernetes";

    // What is refused may have become possible; a search for nodes takes milliseconds, and there may be a thousand to ask for.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    // Between the decision that a time is not past and the engine's.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);

    private readonly Dictionary<ulong, Refusal> _refused = [];

    public static ulong IdOf(Reservation item) => StableId.Of("reservation", item.Metadata.Uid);

    /// <summary>Cancels what is gone and asks for what is new or has changed.</summary>
    /// <exception cref="HotpathUnavailableException">What is left is for the next step.</exception>
    public async Task StepAsync(ISchedulerApi scheduler, ClusterSnapshot snapshot, CancellationToken cancellation)
    {
        var wanted = objects.Items.Values.ToDictionary(IdOf);
        foreach (var gone in _refused.Keys.Where(id => !wanted.ContainsKey(id)).ToList())
            _refused.Remove(gone);
        // First, since others may wait for their nodes.
        foreach (var gone in snapshot.Reservations.ByStart().Where(held => held.Actor == Actor && !wanted.ContainsKey(held.Id)))
        {
            await scheduler.CancelReservationAsync(new CancelReservationRequest { Reservation = gone.Id, Actor = Actor }, cancellation).ConfigureAwait(false);
            ObjectsLog.Cancelled(logger, gone.Request.Name);
        }

        foreach (var item in wanted.Values.OrderBy(item => item.Metadata.CreationTimestamp).ThenBy(item => item.Metadata.Name, StringComparer.Ordinal))
            await ReserveAsync(scheduler, snapshot, item, cancellation).ConfigureAwait(false);
    }

    /// <returns>Null: it has yet to be asked for.</returns>
    public Reservation? WithStatus(Reservation item, ClusterSnapshot snapshot)
    {
        var (id, known) = (IdOf(item), snapshot.Reservations.Find(IdOf(item)));
        if (_refused.GetValueOrDefault(id) is { } refusal && refusal.Generation == item.Metadata.Generation)
        {
            return item with
            {
                Status = known is null or { IsOver: true }
                    ? new ReservationStatus { ObservedGeneration = refusal.Generation, State = "Refused", Message = refusal.Message }
                    : StatusOf(known, snapshot, item.Status.ObservedGeneration, $"{refusal.Message} The change is refused, and what was admitted before stays."),
            };
        }

        return known is null || !IsAs(known, item, snapshot) ? null : item with { Status = StatusOf(known, snapshot, item.Metadata.Generation, message: null) };
    }

    private async Task ReserveAsync(ISchedulerApi scheduler, ClusterSnapshot snapshot, Reservation item, CancellationToken cancellation)
    {
        var (id, known) = (IdOf(item), snapshot.Reservations.Find(IdOf(item)));
        if (known is not null && IsAs(known, item, snapshot))
        {
            _refused.Remove(id);
            return;
        }

        var refused = _refused.GetValueOrDefault(id);
        if (IsForgotten(item, known) || (refused is not null && refused.Generation == item.Metadata.Generation && time.GetElapsedTime(refused.At) < AskAgain))
            return;
        try
        {
            await scheduler.ReserveAsync(RequestOf(item, known, time.GetUtcNow()), cancellation).ConfigureAwait(false);
            _refused.Remove(id);
        }
        catch (RequestRefusedException refusal)
        {
            var message = ReservationFields.Translate(refusal);
            if (refused?.Message != message)
                ObjectsLog.ReservationRefused(logger, item.Metadata.Name, message);
            _refused[id] = new Refusal(item.Metadata.Generation, message, time.GetTimestamp());
        }
    }

    private static ReserveRequest RequestOf(Reservation item, Engine.Reservation? known, DateTimeOffset now)
    {
        var spec = item.Spec;
        var (start, end) = (Given("start_ms", spec.Start), Given("end_ms", spec.End));
        // Admitted by an engine whose memory this one does not have: what is left of its time is asked for.
        var resumed = known is null && start <= now && IsAdmitted(item);
        return new ReserveRequest
        {
            Reservation = IdOf(item),
            Name = item.Metadata.Name,
            Project = spec.Project,
            Group = spec.Group,
            Nodes = spec.Nodes,
            StartMs = (resumed ? now + Ahead : start).ToUnixTimeMilliseconds(),
            EndMs = end.ToUnixTimeMilliseconds(),
            Topology = spec.Topology?.Mode switch { ReservationTopology.Soft => TopologyMode.Soft, ReservationTopology.Hard => TopologyMode.Hard, _ => TopologyMode.Unspecified },
            HighestTier = spec.Topology?.HighestTier ?? 0,
            Actor = Actor,
            Replace = known is not null,
        };
    }

    private static DateTimeOffset Given(string field, DateTimeOffset? time)
        => time ?? throw RequestRefusedException.InvalidArgument(field, "must be a time such as 2027-01-04T09:00:00Z.");

    private static bool IsAs(Engine.Reservation known, Reservation item, ClusterSnapshot snapshot)
    {
        var (has, spec) = (known.Request, item.Spec);
        var start = spec.Start?.ToUnixTimeMilliseconds();
        return has.Name == item.Metadata.Name
            && snapshot.Projects[has.Project] == spec.Project
            && snapshot.Groups[has.Group] == spec.Group
            && has.NodeCount == spec.Nodes
            && (has.Start == start || (IsAdmitted(item) && start < has.Start && has.Start <= snapshot.At + (long)Ahead.TotalMilliseconds))
            && has.End == spec.End?.ToUnixTimeMilliseconds()
            && (int)has.Topology == spec.Topology?.Mode switch { ReservationTopology.Soft => 1, ReservationTopology.Hard => 2, _ => 0 }
            && has.HighestTier == (spec.Topology?.HighestTier ?? 0);
    }

    /// <summary>Its present spec was admitted once, as far as its status tells.</summary>
    private static bool IsAdmitted(Reservation item)
        => item.Status.ObservedGeneration == item.Metadata.Generation && item.Status.State is "Scheduled" or "Draining" or "Active";

    /// <summary>Over for so long that the engine does not remember it.</summary>
    private static bool IsForgotten(Reservation item, Engine.Reservation? known)
        => known is null && item.Status.ObservedGeneration == item.Metadata.Generation && item.Status.State is "Ended" or "Cancelled";

    private static ReservationStatus StatusOf(Engine.Reservation known, ClusterSnapshot snapshot, long? generation, string? message)
    {
        // As many as the kind's schema takes.
        const int MaxNames = 4_096;
        var names = new List<string>();
        foreach (var node in known.IsOver ? [] : known.Nodes)
        {
            if (names.Count < MaxNames && snapshot.TryGetNode(node, out var view))
                names.Add(view.Name);
        }

        return new ReservationStatus
        {
            ObservedGeneration = generation,
            State = known.State.ToString(),
            Message = message,
            ShortOf = known is { IsOver: false, Short: > 0 } ? known.Short : null,
            Nodes = names,
        };
    }

    private sealed record Refusal(long? Generation, string Message, long At);
}
