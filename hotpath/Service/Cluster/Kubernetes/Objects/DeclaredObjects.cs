using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.Scheduling.Snapshots;
using MachineProfile = Pipeline.Kubernetes.Models.MachineProfile;
using Project = Pipeline.Kubernetes.Models.Project;
using Reservation = Pipeline.Kubernetes.Models.Reservation;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>
/// The product's own kinds that people write: Workspace, Project, MachineProfile and Reservation. They are followed once the server has
/// them; where it does not, nothing is declared.
/// </summary>
public sealed class DeclaredObjects : IDeclarations, IAsyncDisposable
{
    // Objects that are applied together arrive within it, and are put in force together.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(200);

    // A project's use and the state of a reservation change without an event.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KindFollowers _followers;
    private readonly StatusWriter _statuses;
    private readonly Pulse _policyChanged;
    private readonly Pulse _reservationsChanged;
    private readonly Pulse _seen;
    private readonly ObjectTable<Workspace> _workspaces;
    private readonly ObjectTable<Project> _projects;
    private readonly ObjectTable<MachineProfile> _profiles;
    private readonly ObjectTable<Reservation> _reservations;
    private readonly DeclaredPolicy _policy;
    private readonly DeclaredReservations _calendar;
    private readonly Action<Change<Reservation>> _reserved;
    private readonly Lazy<Task> _synced;
    private (UsageReport Report, long At)? _usage;

    /// <param name="reserved">Is told of every change of a Reservation as well.</param>
    internal DeclaredObjects(KubernetesClient client, Action<Change<Reservation>> reserved, CallMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_reserved, _time, _logger, _synced) = (reserved, time, logger, new Lazy<Task>(StartAsync));
        (_policyChanged, _reservationsChanged, _seen) = (new Pulse(time), new Pulse(time), new Pulse(time));
        _followers = new KindFollowers(client, metrics, time, _policyChanged.Beat);
        _statuses = new StatusWriter(client, metrics);
        _workspaces = new ObjectTable<Workspace>(_policyChanged.Beat, _seen.Beat);
        _projects = new ObjectTable<Project>(_policyChanged.Beat, _seen.Beat);
        _profiles = new ObjectTable<MachineProfile>(_policyChanged.Beat, _seen.Beat);
        _reservations = new ObjectTable<Reservation>(_reservationsChanged.Beat, _seen.Beat);
        _policy = new DeclaredPolicy(_workspaces, _projects, _profiles, logger);
        _calendar = new DeclaredReservations(_reservations, time, logger);
    }

    /// <inheritdoc cref="KindFollowers.Problem"/>
    internal string? Problem => _followers.Problem;

    public Task SyncedAsync(CancellationToken cancellation) => _synced.Value.WaitAsync(cancellation);

    public SchedulingPolicy Over(SchedulingPolicy underneath, SchedulingPolicy inForce) => _policy.Over(underneath, inForce);

    public void Settle(string? refusal)
    {
        _policy.Settle(refusal);
        _seen.Beat();
        // A project may have come, or got the quota that a reservation lacked.
        _reservationsChanged.Beat();
    }

    public Task RunAsync(ISchedulerApi scheduler, Func<ClusterSnapshot> snapshot, Func<CancellationToken, Task> setPolicy, CancellationToken cancellation) => Task.WhenAll(
        RepeatAsync(_policyChanged, Timeout.InfiniteTimeSpan, setPolicy, cancellation),
        RepeatAsync(
            _reservationsChanged, Look,
            async token =>
            {
                await _calendar.StepAsync(scheduler, snapshot(), token).ConfigureAwait(false);
                await _statuses.WriteAsync(Kinds.Reservations, _reservations.Items.Values, item => _calendar.WithStatus(item, snapshot()), token).ConfigureAwait(false);
            },
            cancellation),
        RepeatAsync(_seen, Look, token => WritePolicyStatusesAsync(snapshot(), token), cancellation));

    public ValueTask DisposeAsync() => _followers.DisposeAsync();

    // A policy that cannot be read must not be taken for none: everybody's quota would be gone.
    private Task StartAsync() => Task.WhenAll(
        _followers.FollowServed(Kinds.Workspaces, _workspaces.Apply, needed: true),
        _followers.FollowServed(Kinds.Projects, _projects.Apply, needed: true),
        _followers.FollowServed(Kinds.MachineProfiles, _profiles.Apply, needed: true),
        _followers.FollowServed(Kinds.Reservations, _reservations.Apply + _reserved, needed: true));

    private async Task WritePolicyStatusesAsync(ClusterSnapshot snapshot, CancellationToken cancellation)
    {
        var (now, verdicts) = (_time.GetUtcNow(), (_policy.OfProjects, _policy.OfProfiles));
        // Our own writes come back as changes: with a new count each time, one would lead to the next.
        if (_usage is not { } counted || _time.GetElapsedTime(counted.At) >= Look)
            _usage = counted = (new UsageReport(snapshot), _time.GetTimestamp());
        var usage = counted.Report;
        var members = _projects.Items.Values.CountBy(project => project.Spec.Workspace).ToDictionary(StringComparer.Ordinal);
        await _statuses.WriteAsync(
            Kinds.Projects, _projects.Items.Values,
            project => PolicyStatuses.Of(project, verdicts.OfProjects.GetValueOrDefault(project.Metadata.Name), usage.Of(project.Metadata.Name), now), cancellation).ConfigureAwait(false);
        await _statuses.WriteAsync(
            Kinds.MachineProfiles, _profiles.Items.Values,
            profile => PolicyStatuses.Of(profile, verdicts.OfProfiles.GetValueOrDefault(profile.Metadata.Name), now), cancellation).ConfigureAwait(false);
        await _statuses.WriteAsync(
            Kinds.Workspaces, _workspaces.Items.Values,
            workspace => PolicyStatuses.Of(workspace, members.GetValueOrDefault(workspace.Metadata.Name), now), cancellation).ConfigureAwait(false);
    }

    /// <summary>Does something when it is due; what fails is tried again.</summary>
    private async Task RepeatAsync(Pulse due, TimeSpan longest, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await due.WaitAsync(longest, Burst, cancellation).ConfigureAwait(false);
                await work(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ObjectsLog.NotInForce(_logger, exception.Message);
                await Task.Delay(Look, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                due.Beat();
            }
        }
    }
}
