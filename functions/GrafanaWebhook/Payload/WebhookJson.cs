using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(WebhookError))]
internal sealed partial class WebhookJson : JsonSerializerContext
{
    /// <summary>Errors are read by people in a terminal and never embedded in HTML, so quotes need no \u escapes.</summary>
    public static WebhookJson Relaxed { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Without errors there is nothing to escape, and with no encoder of one's own the generated code writes in half the time.</summary>
    public static JsonTypeInfo<WebhookAnswer> AnswerFor(AlertProblems problems) => (problems.Count > 0 ? Relaxed : Default).WebhookAnswer;
}
