using Microsoft.Extensions.Configuration;
using Pipeline.Contracts.Client;

namespace Pipeline.Hotpath.Hosting;

/// <summary>How a process reaches a hotpath in another one.</summary>
public static class RemoteSettings
{
    /// <summary>Section <c>HotpathClient</c>; the command line gives the address.</summary>
    public static GrpcChannelOptions Read(IConfiguration settings, Uri address)
        => settings.Read<GrpcChannelOptions>("HotpathClient") with { Address = address };
}
