using System.Net;

namespace Pipeline.Functions.Composition;

/// <summary>What the command line says.</summary>
/// <param name="Bind">Address of every port. Default loopback; another one needs webhook credentials.</param>
/// <param name="HttpPort">Webhook, API and dashboard. Default 7071; 0 picks a free one.</param>
/// <param name="GrpcPort">Default 5051.</param>
/// <param name="HotpathHttpPort">The service's health and metrics. Default 5052.</param>
/// <param name="Data">Folder of everything that must survive. Default <c>./data</c>.</param>
/// <param name="Nodes">Nodes of the simulated cluster. Default 64, range 1 to 100,000.</param>
/// <param name="AcceptLoss">Start although acknowledged data are gone.</param>
public sealed record LaunchOptions(
    IPAddress Bind, int HttpPort, int GrpcPort, int HotpathHttpPort, string Data, int Nodes, bool AcceptLoss);
