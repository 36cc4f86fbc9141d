using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>Unary calls of the echo and of Place, in turns.</summary>
internal sealed record UnaryComparison(Measurement Echo, Measurement Place)
{
    /// <param name="concurrency">Calls in flight, on one connection.</param>
    /// <param name="each">Calls in one turn.</param>
    public static async Task<UnaryComparison> RunAsync(RpcRig rig, int concurrency, int each)
    {
        var requests = Requests.Unary(rig);
        using var echoConnection = new RpcConnection(rig.Port, RpcRig.Echo);
        using var placeConnection = new RpcConnection(rig.Port, RpcRig.Place);
        var (echo, place) = (new UnaryLoad(echoConnection, requests, rig.Time), new UnaryLoad(placeConnection, requests, rig.Time));
        await Rounds.RunAsync(rig.Time, TakeTurnsAsync, () =>
        {
            echo.Clear();
            place.Clear();
        });
        return new UnaryComparison(echo.Result, place.Result);

        async Task TakeTurnsAsync()
        {
            echo.Run(each, concurrency);
            place.Run(each, concurrency);
            await rig.ReleaseAsync();
        }
    }
}
