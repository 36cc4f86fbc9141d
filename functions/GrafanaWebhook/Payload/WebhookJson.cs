using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(WebhookError))]
internal sealed partial class WebhookJson : JsonSerializerContext
{
    /// <summary>Errors are read by people in a terminal and never embedded in HTML, so quotes need no \u escapes.</summary>
    public static WebhookJson Relaxed { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
