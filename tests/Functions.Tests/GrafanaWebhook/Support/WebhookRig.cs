using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Tests.Repair.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>A handler with the shipped taxonomy, without a host.</summary>
internal sealed class WebhookRig
{
    /// <summary>The time of the recorded notifications' signatures.</summary>
    public const long Now = 1795302010;

    public WebhookRig(GrafanaOptions? options = null)
    {
        Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        Handler = new(Repair, ShippedPlaybooks.Set.Taxonomy, options ?? new(), new(Meters), Time, Log);
    }

    public RecordingRepairApi Repair { get; } = new();

    public SetTime Time { get; } = new(Now);

    public ListLogger<GrafanaWebhookHandler> Log { get; } = new();

    public IMeterFactory Meters { get; }

    public GrafanaWebhookHandler Handler { get; }

    public Task<WebhookResponse> PostAsync(string body, params (string Name, string Value)[] headers) => PostAsync(Encoding.UTF8.GetBytes(body), headers);

    public Task<WebhookResponse> PostAsync(byte[] body, params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
            dictionary.Append(name, value);
        return Handler.HandleAsync(dictionary, body);
    }

    public static WebhookAnswer Answer(WebhookResponse response)
    {
        Assert.Equal(202, response.Status);
        return JsonSerializer.Deserialize<WebhookAnswer>(response.Body.Span)!;
    }

    public static string Error(WebhookResponse response) => JsonSerializer.Deserialize<WebhookError>(response.Body.Span)!.Error;
}
