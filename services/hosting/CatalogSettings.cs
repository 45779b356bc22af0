using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>Where the catalog comes from besides what ships.</summary>
public sealed record CatalogSettings
{
    /// <summary>The operator's own file.</summary>
    [ConfigurationKeyName(CatalogSource.Setting)]
    public string? File { get; init; }

    /// <summary>A list of models and their prices that is fetched again and again; none by default.</summary>
    [ConfigurationKeyName("GATEWAY_CATALOG_URL"), HttpAddress]
    public string? Url { get; init; }

    /// <summary>The only version of the list that is taken, by its SHA-256; without it the one that <c>.sha256</c> beside the list names.</summary>
    [ConfigurationKeyName("GATEWAY_CATALOG_SHA256"), RegularExpression("[0-9A-Fa-f]{64}", ErrorMessage = "64 hexadecimal digits")]
    public string? Sha256 { get; init; }

    [ConfigurationKeyName("GATEWAY_CATALOG_REFRESH_MINUTES"), Range(1, 10_080)]
    public int RefreshMinutes { get; init; } = 60;

    /// <exception cref="StartException">The list could be changed on its way, and its checksum with it.</exception>
    public static CatalogSettings Read(IConfiguration configuration)
    {
        var settings = Settings.Read<CatalogSettings>(configuration);
        if (settings is { Url: { } url, Sha256: null } && new Uri(url) is var address && address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
        {
            throw new StartException(
                $"GATEWAY_CATALOG_URL: {NameOf(address)} is not https, so its checksum could be changed with it. "
                + "Use https, or name the checksum in GATEWAY_CATALOG_SHA256.");
        }

        return settings;
    }

    /// <summary>What an address may be called in logs: userinfo and query may hold a credential.</summary>
    internal static string NameOf(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public TimeSpan Refresh => TimeSpan.FromMinutes(RefreshMinutes);
}
