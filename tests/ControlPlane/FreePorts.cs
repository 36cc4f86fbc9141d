using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestControlPlane;

public static class FreePorts
{
    // Below the range from which Linux takes the local ports of outgoing connections (net.ipv4.ip_local_port_range, from 32768):
    // an API server that is restarted must find its port as it left it.
    private const int First = 20_000;
    private const int End = 32_000;

    // <asm-generic/socket.h>
    private const int SolSocket = 1;
    private const int SoReuseAddress = 2;

    private static readonly ConcurrentBag<Socket> Claims = [];

    /// <summary>
    /// Ports on loopback that nobody listens on now and that no other call, here or in another process of tests, is given while this
    /// process lives. A server listens on one as on any other, provided that it sets SO_REUSEADDR as those of .NET and Go do.
    /// </summary>
    /// <exception cref="InvalidOperationException">Too few are free.</exception>
    public static int[] Take(int count)
    {
        var ports = new int[count];
        for (var i = 0; i < count; i++)
            ports[i] = Claim();
        return ports;
    }

    private static int Claim()
    {
        for (var attempt = First; attempt < End; attempt++)
        {
            var port = Random.Shared.Next(First, End);
            // .NET sets SO_REUSEADDR before it binds a socket that was made for TCP by name.
            var claim = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                claim.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException)
            {
                // Taken: another one will do.
                claim.Dispose();
                continue;
            }

            // socket(7): bound and not listening, it keeps off whoever binds without SO_REUSEADDR, as above, and lets in whoever has it.
            claim.SetRawSocketOption(SolSocket, SoReuseAddress, BitConverter.GetBytes(1));
            Claims.Add(claim);
            return port;
        }

        throw new InvalidOperationException($"Of the ports {First} to {End - 1} of loopback hardly one is free.");
    }
}
