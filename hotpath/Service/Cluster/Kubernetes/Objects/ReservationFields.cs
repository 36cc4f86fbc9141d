using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Refusals in the words of the object: its fields, and times as people write them.</summary>
internal static partial class ReservationFields
{
    public static string Translate(RequestRefusedException refused)
    {
        var field = refused.Field switch
        {
            "project" => "spec.project",
            "group" => "spec.group",
            "nodes" => "spec.nodes",
            "start_ms" => "spec.start",
            "end_ms" => "spec.end",
            "topology" => "spec.topology.mode",
            "highest_tier" => "spec.topology.highestTier",
            "name" => "metadata.name",
            _ => "spec",
        };
        return $"{field}: {Milliseconds().Replace(refused.Message[(refused.Field.Length + 2)..], TimeOf)}";
    }

    private static string TimeOf(Match match) => match.Groups["again"].Success
        ? ""
        : DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(match.Value, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // Unix milliseconds of this millennium's first centuries; in parentheses behind a time that was written out.
    [GeneratedRegex(@"(?<again> \([0-9]{13}\))|\b[0-9]{13}\b")]
    private static partial Regex Milliseconds();
}
