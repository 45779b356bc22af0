using Gateway.Contracts.Names;
using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>A provider as the catalog and its descriptor together describe it.</summary>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="BaseUrl">Without a trailing slash; null for a provider that is not reached over HTTP.</param>
public sealed record ProviderProfile(string Name, IDialect Dialect, QuirkSet Quirks, CredentialHeader Credentials, string? BaseUrl)
{
    /// <summary>Path and query of an operation, to be appended to the base URL; null where the provider has none such.</summary>
    public string? Path(string operation, string upstreamModel, bool stream) =>
        operation == Operations.CountTokens && Dialect.Translation?.CounterOf(Quirks)?.Path is { } counter
            ? counter
            : Dialect.Path(operation, upstreamModel, stream);
}
