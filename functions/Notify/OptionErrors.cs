using Microsoft.Extensions.Options;

namespace Pipeline.Functions.Notify;

/// <summary>Collects what is wrong with the settings of one section, by field. Values of secrets are never repeated.</summary>
internal sealed class OptionErrors(string section)
{
    private readonly List<string> _errors = [];

    public void Required(string field, string value, string because)
    {
        if (value.Length == 0)
            _errors.Add($"{section}:{field} is missing; {because}.");
    }

    public void Range(string field, int value, int min, int max, string unit)
    {
        if (value < min || value > max)
            _errors.Add($"{section}:{field} is {value}; it must lie between {min} and {max} {unit}.");
    }

    public void That(bool holds, string field, string demand)
    {
        if (!holds)
            _errors.Add($"{section}:{field} {demand}.");
    }

    /// <summary>What goes into a header must be printable ASCII without spaces; an error of the HTTP client would repeat the value.</summary>
    public void Secret(string field, string value) =>
        That(value.All(letter => letter is > ' ' and <= '~'), field, "must be printable ASCII without spaces or line ends");

    /// <summary>An absolute address that credentials may be sent to.</summary>
    public void Address(string field, string value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
            _errors.Add($"{section}:{field} must be an absolute https address.");
        else if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
            _errors.Add($"{section}:{field} must be https, except on loopback.");
        else if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            _errors.Add($"{section}:{field} must have no user, query or fragment.");
    }

    /// <exception cref="OptionsValidationException">Something is wrong.</exception>
    public void ThrowIfAny(Type type)
    {
        if (_errors.Count > 0)
            throw new OptionsValidationException(section, type, _errors);
    }

    /// <summary>The address as a base to which relative paths are added.</summary>
    public static Uri Base(string address) => new(address.EndsWith('/') ? address : address + "/");
}
