using Pipeline.Contracts.Client;

namespace Pipeline.Functions.Composition;

internal static class RemoteSettings
{
    /// <summary>Section <c>HotpathClient</c>; the command line gives the address.</summary>
    public static GrpcChannelOptions Read(IConfiguration settings, Uri address)
        => (settings.GetSection("HotpathClient").Get<GrpcChannelOptions>() ?? new GrpcChannelOptions()) with { Address = address };
}
