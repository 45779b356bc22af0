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

    public TimeSpan Refresh => TimeSpan.FromMinutes(RefreshMinutes);
}
