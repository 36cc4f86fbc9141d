using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestControlPlane;

public static class FreePorts
{
    // Below the range from which Linux takes the local ports of outgoing connections (net.ipv4.ip_local_port_range, from 32768):
    // an API server that is restarted must find its port as it left it.
    private const int First = 20_000;
    private const int End = 32_000;

    /// <summary>Ports on loopback that nobody listens on now.</summary>
    public static int[] Take(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
        {
            var port = Random.Shared.Next(First, End);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken: another one will do.
            }
        }

        return [.. ports];
    }
}
