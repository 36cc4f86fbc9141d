using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestControlPlane.Tests;

public sealed class FreePortsTests
{
    [Fact]
    public void A_port_is_given_once()
    {
        // Of 300 and 300 picked from 12,000 without regard to each other, some would be the same in all but one of 2,000 runs.
        var ports = FreePorts.Take(300).Concat(FreePorts.Take(300)).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
    }

    [Fact]
    public void Another_that_looks_for_ports_does_not_find_it_free_before_a_server_listens()
    {
        var port = FreePorts.Take(1)[0];
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Loopback, port)));
    }

    [Fact]
    public async Task A_server_listens_on_it_and_can_be_started_again()
    {
        var port = FreePorts.Take(1)[0];
        for (var start = 0; start < 2; start++)
        {
            using var server = new TcpListener(IPAddress.Loopback, port);
            server.Start();
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            using var accepted = await server.AcceptTcpClientAsync();
            accepted.Client.Send([1]);
            Assert.Equal(1, client.GetStream().ReadByte());
        }
    }
}
