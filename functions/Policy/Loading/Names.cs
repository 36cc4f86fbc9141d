using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>Names that an operator chose: workspaces, projects, machine groups, profiles.</summary>
internal static class Names
{
    /// <summary>As Kubernetes allows.</summary>
    private const int MaxLength = 253;

    /// <param name="fields">Of what has the name.</param>
    public static void Check(Fields fields, string name)
    {
        if (name.Length is 0 or > MaxLength)
            fields.Error("", $"a name has 1 to {MaxLength} characters, this one {name.Length}");
    }
}
