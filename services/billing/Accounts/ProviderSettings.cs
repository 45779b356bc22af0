using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Billing.Accounts;

/// <summary>What the accounts of providers enforce: the <c>maxConcurrency</c> of the catalog in force, which each sees with its next call.</summary>
internal static class ProviderSettings
{
    /// <summary>Without any limit where the catalog has none, or no such provider.</summary>
    public static AccountSettings Of(ModelCatalog catalog, string accountId) => new()
    {
        Limits = Find(catalog, accountId)?.MaxConcurrency is { } most ? new KeyLimits { ConcurrentRequests = most } : null,
    };

    private static ProviderEntry? Find(ModelCatalog catalog, string accountId) =>
        catalog.FindProvider(accountId[AccountIds.ProviderPrefix.Length..])
        ?? catalog.File.Providers.FirstOrDefault(provider => AccountIds.OfProvider(provider.Key) == accountId).Value;
}
