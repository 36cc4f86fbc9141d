using System.Text;

namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>Recorded notifications, byte for byte.</summary>
internal static class Fixture
{
    public const string GrafanaFiring = "grafana-firing.json";
    public const string GrafanaResolved = "grafana-resolved.json";
    public const string GrafanaTest = "grafana-test-notification.json";
    public const string AlertmanagerFiring = "alertmanager-0.25-firing.json";

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", name));

    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));
}
