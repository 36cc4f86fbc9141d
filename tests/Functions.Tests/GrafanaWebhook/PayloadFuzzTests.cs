using System.Text;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

/// <summary>Damaged notifications: the reader answers each of them, and what it cannot read it explains.</summary>
public sealed class PayloadFuzzTests
{
    private static readonly int Seeds = Cases.Of(20_000);

    private const string Good = """
        {"version":"1","truncatedAlerts":0,"future":{"a":[1,{"b":null}]},"alerts":[
        {"status":"firing","labels":{"alertname":"GpuXid","node":"gpu-0001","gpu":"3"},"annotations":{"summary":"caf\u00e9 \ud83d\ude00"},
        "startsAt":"2026-11-21T23:00:10.5\u002b09:00","fingerprint":"2a4c8e4385b1ff01","values":{"A":79,"B":1e3}},
        {"status":"resolved","labels":null,"startsAt":"2026-11-21T23:00:10Z","fingerprint":"b","extra":[[],{}]}]}
        """;

    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes(Good);

    [Fact]
    public void The_notification_itself_is_good()
    {
        Assert.Equal(2, PayloadReader.Read(Bytes, out var error)!.Alerts!.Count);
        Assert.Empty(error);
    }

    [Fact]
    public void However_it_is_cut_it_is_refused_with_a_reason()
    {
        for (var length = 0; length < Bytes.Length; length++)
        {
            Assert.Null(PayloadReader.Read(Bytes.AsSpan(0, length), out var error));
            Assert.Matches("^(body|version|truncatedAlerts|alerts)", error);
            Assert.Contains("not JSON", error);
        }
    }

    [Fact]
    public void However_it_is_damaged_it_is_read_or_refused_with_a_reason()
    {
        var refused = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var damaged = Damage(new Random(seed));
            var payload = PayloadReader.Read(damaged, out var error);
            Assert.True(payload is null == error.Length > 0, $"seed {seed}: {error}");
            if (payload is null)
                refused++;
            else
                Assert.All(payload.Alerts!, alert => Assert.True(alert is { Fingerprint.Length: > 0, StartsAt: > 0, Status: "firing" or "resolved" }, $"seed {seed}"));
        }

        // Both ways are taken often, or the damage is of the wrong kind.
        Assert.InRange(refused, Seeds / 4, Seeds * 19 / 20);
    }

    private static byte[] Damage(Random random)
    {
        var damaged = Bytes.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0: damaged[at] = (byte)random.Next(256); break;
                case 1: damaged.RemoveAt(at); break;
                case 2: damaged.Insert(at, Bytes[random.Next(Bytes.Length)]); break;
                default: damaged.InsertRange(at, Bytes.AsSpan(random.Next(Bytes.Length - 20), random.Next(20)).ToArray()); break;
            }
        }

        return [.. damaged];
    }
}
