namespace Pipeline.Functions.Hosting.Queues;

/// <summary>Names of queues, by the rules of Azure Storage Queues.</summary>
public static class QueueNames
{
    public const string PoisonSuffix = "-poison";

    public static string PoisonOf(string queue) => queue + PoisonSuffix;

    public static bool IsPoison(string queue) => queue.EndsWith(PoisonSuffix, StringComparison.Ordinal);

    /// <summary>Null when <paramref name="name"/> is a queue name with room for the poison suffix, else what is wrong with it.</summary>
    public static string? Problem(string name)
    {
        // Azure allows 63 characters, and the poison queue must have a name too.
        var longest = IsPoison(name) ? 63 : 63 - PoisonSuffix.Length;
        if (name.Length < 3 || name.Length > longest)
            return $"'{name}' has {name.Length} characters, but a queue name has 3 to {longest}";
        if (!name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-'))
            return $"'{name}' may hold only lower-case letters, digits and hyphens";
        if (name[0] == '-' || name[^1] == '-' || name.Contains("--", StringComparison.Ordinal))
            return $"'{name}' may not start or end with a hyphen, or hold two in a row";
        return null;
    }
}
