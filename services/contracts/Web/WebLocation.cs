namespace Gateway.Contracts.Web;

/// <summary>Roughly where the user is.</summary>
/// <param name="Country">Two letters.</param>
/// <param name="Timezone">A name of the time zone database.</param>
public sealed record WebLocation(string? City, string? Region, string? Country, string? Timezone);
