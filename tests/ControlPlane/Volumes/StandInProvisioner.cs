using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>
/// Stands in for an external provisioner (sig-storage-lib-external-provisioner): it makes a volume on the selected node of every claim that the
/// volume controller hands to it, or takes the node off the claim when it cannot.
/// </summary>
public sealed class StandInProvisioner : IAsyncDisposable
{
    private const string SelectedNode = "volume.kubernetes.io/selected-node";
    private const string Handed = "volume.beta.kubernetes.io/storage-provisioner";

    private readonly ApiAccess _api;
    private readonly string _name;
    private readonly Func<string, string, Task<bool>> _serves;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, string> _taken = [];
    private readonly ConcurrentQueue<(string Claim, string Node)> _asked = new();
    private readonly ConcurrentBag<Task> _work = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    private StandInProvisioner(ApiAccess api, string name, Func<string, string, Task<bool>> serves, TimeProvider time)
    {
        (_api, _name, _serves, _time) = (api, name, serves, time);
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Claims and nodes for which it was asked, in that order.</summary>
    public IReadOnlyList<(string Claim, string Node)> Asked => [.. _asked];

    /// <param name="name">As in the classes that it serves.</param>
    /// <param name="serves">Whether it can make a volume for the claim on the node; it takes as long as this does.</param>
    public static StandInProvisioner Start(ControlPlane plane, string name, Func<string, string, Task<bool>> serves, TimeProvider? time = null)
        => new(plane.Api, name, serves, time ?? TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll([_watching, .. _work]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private Task WatchAsync() => new ResourceWatch(_api, "/api/v1/persistentvolumeclaims", "", _time)
    {
        Listed = claims => claims.ToList().ForEach(Take),
        Changed = Take,
        Deleted = _ => { },
    }.RunAsync(_stop.Token);

    private void Take(JsonNode claim)
    {
        var (uid, notes) = ((string)claim["metadata"]!["uid"]!, claim["metadata"]!["annotations"]);
        if ((string?)notes?[SelectedNode] is not { } node)
        {
            _taken.TryRemove(uid, out _);
            return;
        }

        if ((string?)notes[Handed] == _name && claim["spec"]!["volumeName"] is null && _taken.TryAdd(uid, node))
            _work.Add(Task.Run(() => ProvisionAsync(claim, node)));
    }

    private async Task ProvisionAsync(JsonNode claim, string node)
    {
        var (space, name) = ((string)claim["metadata"]!["namespace"]!, (string)claim["metadata"]!["name"]!);
        _asked.Enqueue((name, node));
        if (await _serves(name, node).WaitAsync(_stop.Token))
        {
            await _api.PostAsync("/api/v1/persistentvolumes", VolumeManifests.Provisioned(claim, node, _name), _stop.Token);
            return;
        }

        var without = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [SelectedNode] = null } } };
        await _api.PatchAsync($"/api/v1/namespaces/{space}/persistentvolumeclaims/{name}", without, cancellation: _stop.Token);
    }
}
