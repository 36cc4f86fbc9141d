using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Pipeline.Hotpath.Hosting;

/// <summary>Reads a section of the settings into options of its own.</summary>
public static class SettingsSection
{
    /// <summary>The options of the section; those with their defaults where there is no such section.</summary>
    /// <exception cref="ValidationException">
    /// A value is not of its setting's type, or a setting is unknown: misspelt it would be as good as not set. The message names it.
    /// </exception>
    public static T Read<T>(this IConfiguration settings, string section)
        where T : new()
    {
        try
        {
            return settings.GetSection(section).Get<T>(static options => options.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException exception)
        {
            throw new ValidationException($"{section}: {TextOf(exception.Message)}");
        }
    }

    // The binder speaks of its own options first, and ends with the names of the settings in quotes.
    private static string TextOf(string message)
        => message.StartsWith($"'{nameof(BinderOptions.ErrorOnUnknownConfiguration)}'", StringComparison.Ordinal) && message.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var names
            ? $"there is no setting {message[(names + 2)..]}." : message;
}
