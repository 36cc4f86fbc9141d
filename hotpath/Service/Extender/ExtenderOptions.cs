using System.ComponentModel.DataAnnotations;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Extender;

/// <summary>Settings of the extender, section <c>Extender</c>.</summary>
public sealed class ExtenderOptions
{
    /// <summary>
    /// Resources whose places are given here; the same as <c>managedResources</c> in kube-scheduler's configuration. A pod that asks none of
    /// them passes untouched. Null (the default): <c>nvidia.com/gpu</c>.
    /// </summary>
    public string[]? ManagedResources { get; set; }

    /// <summary>
    /// Bytes of a request. Default 128 MiB, which 5,000 nodes as whole objects of 20 KB fit in; with <c>nodeCacheCapable</c> a request has
    /// names only. Range 64 KiB to 1 GiB.
    /// </summary>
    [Range(64 << 10, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 128 << 20;

    /// <summary>
    /// Default: none, clear text. Where client certificates are required, they are for the calls of kube-scheduler alone: health and metrics,
    /// on the same port, are for anybody.
    /// </summary>
    public ServerTlsOptions Tls { get; set; } = new();

    /// <exception cref="ValidationException">A setting is out of range; the message names it.</exception>
    public void Validate()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        if (ManagedResources is { } resources && (resources.Length == 0 || resources.Any(string.IsNullOrWhiteSpace)))
            throw new ValidationException("Extender:ManagedResources must name at least one resource, each by its full name.");
    }
}
