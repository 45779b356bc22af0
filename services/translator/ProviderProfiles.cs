using System.Runtime.CompilerServices;
using Gateway.Contracts.Catalog;
using Gateway.Providers;

namespace Gateway.Translator;

/// <summary>The profiles of the catalog's providers, each resolved once for as long as its entry is in force.</summary>
internal sealed class ProviderProfiles
{
    private readonly ConditionalWeakTable<ProviderEntry, ProviderProfile> _known = [];

    /// <summary>Null where the entry's dialect is none the gateway knows.</summary>
    public ProviderProfile? Of(string name, ProviderEntry entry)
    {
        if (_known.TryGetValue(entry, out var profile))
            return profile;
        if (ProviderDescriptors.Resolve(name, entry) is not { } resolved)
            return null;
        _known.AddOrUpdate(entry, resolved);
        return resolved;
    }
}
