using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Amounts as the objects write them. The server checks most of it by the schema of the kind, which may be an older one.</summary>
internal static class Amounts
{
    public const long Unlimited = -1;

    /// <summary>Thousandths of a GPU or of a core; false unless there is a whole number of them, not negative.</summary>
    public static bool TryMilli(string text, out long milli)
    {
        var good = Quantity.TryParse(text, out var amount) && amount == Quantity.OfMilli(amount.Milli) && amount.Milli >= 0;
        milli = good ? amount.Milli : 0;
        return good;
    }

    /// <summary>The same, or <see cref="ProjectQuota.Unlimited"/>, which the engine writes as -1.</summary>
    public static bool TryQuota(string text, out long milli)
    {
        milli = Unlimited;
        return text == ProjectQuota.Unlimited || TryMilli(text, out milli);
    }

    /// <summary>MiB; false unless there is a whole number of them, not negative.</summary>
    public static bool TryMib(string text, out long mib)
    {
        const long Mi = 1 << 20;
        var good = Quantity.TryParse(text, out var amount) && amount == Quantity.OfUnits(amount.Units) && amount.Units >= 0 && amount.Units % Mi == 0;
        mib = good ? amount.Units / Mi : 0;
        return good;
    }

    /// <summary>GPUs as people write them, of thousandths.</summary>
    public static string Gpus(long milli) => milli == Unlimited ? ProjectQuota.Unlimited : ((decimal)milli / 1000).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
}
