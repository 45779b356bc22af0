using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>A provider as the catalog and its descriptor together describe it.</summary>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="BaseUrl">Without a trailing slash; null for a provider that is not reached over HTTP.</param>
public sealed record ProviderProfile(string Name, IDialect Dialect, QuirkSet Quirks, CredentialHeader Credentials, string? BaseUrl);
