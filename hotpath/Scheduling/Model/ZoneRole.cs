namespace Pipeline.Scheduling.Model;

/// <summary>What size of job a node is for; see <see cref="Tenancy.ZoneRules"/>.</summary>
public enum ZoneRole : byte
{
    /// <summary>Any size.</summary>
    None = 0,
    Small = 1,
    Medium = 2,
    Large = 3,
}
