using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Kubernetes.Models;

/// <summary>
/// A JSON object of the API with the fields that we use; those that we do not know are kept and written back. Models are immutable,
/// so that one instance may serve a cache and its readers: change a copy made by <c>with</c>. A list or map that is absent or null
/// reads as empty, and an empty one is not written.
/// </summary>
public abstract record ModelPart
{
    /// <summary>The fields of the server that the model does not name. Null: there are none.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}
