using System.Net;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Notify;

namespace Pipeline.Functions.Composition;

/// <summary>What the functions are told by settings and by their own files.</summary>
internal sealed record FunctionsSettings(GrafanaOptions Grafana, NotifySettings Notify, FunctionApp App)
{
    /// <summary>Reads all of it before anything is begun, so that a standby refuses what a leader would.</summary>
    /// <param name="root">The function app root.</param>
    /// <param name="bind">Address of the webhook.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong; the message names it.</exception>
    /// <exception cref="FunctionAppException">A file of the function app is missing or wrong.</exception>
    public static FunctionsSettings Read(IConfiguration settings, string root, IPAddress bind)
    {
        var grafana = GrafanaOptions.From(settings);
        grafana.Validate(IPAddress.IsLoopback(bind));
        var notify = settings.ReadNotify();
        notify.Check();
        return new FunctionsSettings(grafana, notify, FunctionApp.Load(root));
    }
}
