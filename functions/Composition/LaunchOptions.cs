using Pipeline.Hotpath.Hosting;

namespace Pipeline.Functions.Composition;

/// <summary>What the command line says.</summary>
/// <param name="HttpPort">Webhook, API and dashboard. Default 7071; 0 picks a free one.</param>
/// <param name="Hotpath">gRPC address of a hotpath in another process; null: it runs in this one.</param>
/// <param name="Service">Address and folder of this process, and what a hotpath in it needs.</param>
public sealed record LaunchOptions(int HttpPort, Uri? Hotpath, HotpathLaunch Service);
