using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Keys;

/// <summary>What a key may use.</summary>
internal static class KeyPolicy
{
    public static bool Allows(KeyRecord key, ModelEntry model)
    {
        if (key.Models is not { } allowed)
            return true;
        foreach (var entry in allowed)
        {
            if (model.IsMeantBy(entry))
                return true;
        }

        return false;
    }
}
