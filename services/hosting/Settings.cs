using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>
/// Options from the settings of a service, whether <c>appsettings.json</c>, the environment or the command line gives them. A property names
/// its setting by <see cref="ConfigurationKeyNameAttribute"/>, and by its type and data annotations what it may be. What is wrong is found
/// before the service listens, all of it at once, each mistake with the setting, its value and what is allowed; a word that is misspelt never
/// passes for the default.
/// </summary>
public static class Settings
{
    /// <summary>
    /// Registers the options, as <c>IOptions</c> that are validated on start and, since settings hold for the life of the process, as
    /// themselves.
    /// </summary>
    public static void AddSettings<T>(this WebApplicationBuilder builder) where T : class
    {
        builder.Services.AddOptions<T>().Configure<IConfiguration>(static (options, configuration) => Bind(configuration, options)).ValidateOnStart();
        builder.Services.AddSingleton(static provider => provider.GetRequiredService<IOptions<T>>().Value);
    }

    /// <summary>The options where no host is yet that could hand them out.</summary>
    /// <exception cref="OptionsValidationException">A setting is not what it may be.</exception>
    public static T Read<T>(IConfiguration configuration) where T : class, new()
    {
        var options = new T();
        Bind(configuration, options);
        return options;
    }

    private static void Bind<T>(IConfiguration configuration, T options) where T : class
    {
        var given = new Dictionary<string, string?>();
        List<string> mistakes = [];
        foreach (var property in typeof(T).GetProperties())
        {
            // An empty variable is one that is not set.
            if (property.GetCustomAttribute<ConfigurationKeyNameAttribute>() is not { Name: var name } || configuration[name] is not { Length: > 0 } value)
                continue;
            given[name] = value;
            if (!Allows(property, value))
                mistakes.Add($"{name} is '{value}'; it takes {Allowed(property)}.");
        }

        if (mistakes.Count > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(T), mistakes);
        new ConfigurationBuilder().AddInMemoryCollection(given).Build().Bind(options);
    }

    private static bool Allows(PropertyInfo property, string text)
    {
        var type = property.PropertyType;
        // Enum.Parse would take numbers, too.
        if (type.IsEnum)
            return Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase);
        var converter = TypeDescriptor.GetConverter(type);
        return converter.IsValid(text)
            && property.GetCustomAttributes<ValidationAttribute>().All(rule => rule.IsValid(converter.ConvertFromInvariantString(text)));
    }

    private static string Allowed(PropertyInfo property)
    {
        var type = property.PropertyType;
        if (type.IsEnum)
            return string.Join(" or ", Enum.GetNames(type).Select(n => n.ToLowerInvariant()));
        if (type == typeof(bool))
            return "true or false";
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            return string.Create(CultureInfo.InvariantCulture, $"a {(type == typeof(int) ? "whole " : "")}number from {range.Minimum} to {range.Maximum}");
        return property.GetCustomAttribute<ValidationAttribute>()?.FormatErrorMessage(property.Name) ?? $"a {type.Name}";
    }
}
