using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Keys;

/// <summary>What a key may use: what its own list of models, its team's and its organisation's all allow, as far as there are such.</summary>
internal static class KeyPolicy
{
    public static bool Allows(KeyRecord key, ModelEntry model)
    {
        if (key.Models is { } own && key.AccessGroups.Allowing(own, model) is null)
            return false;
        for (var i = 0; i < key.Groups?.Count; i++)
        {
            if (key.Groups[i].Models is { } models && key.AccessGroups.Allowing(models, model) is null)
                return false;
        }

        return true;
    }
}
