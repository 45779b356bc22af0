using System.Buffers;
using System.Security.Cryptography;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>Makes keys and ids.</summary>
internal static class GatewayKeys
{
    public const string Prefix = "gw-";
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>62 to the power of 43 is 256 bits.</summary>
    private const int SecretLength = 43;
    private const int IdLength = 20;
    private const int ShownLength = 8;

    private static readonly SearchValues<char> Base62Set = SearchValues.Create(Base62);

    public static string NewKey() => Prefix + NewSecret();

    public static string NewSecret() => RandomNumberGenerator.GetString(Base62, SecretLength);

    public static string NewAdminKey() => AdminRecord.KeyPrefix + NewSecret();

    /// <summary>Whether it has the form of a key that such a gateway has made.</summary>
    public static bool IsOwn(string key) =>
        key.Length == Prefix.Length + SecretLength && key.StartsWith(Prefix, StringComparison.Ordinal)
        && !key.AsSpan(Prefix.Length).ContainsAnyExcept(Base62Set);

    public static string NewId(string prefix) => prefix + RandomNumberGenerator.GetString(Base62, IdLength);

    /// <summary>The first characters, to recognise a key by; of a short one that an admin chose himself, at most a third.</summary>
    public static string ShownPart(string key) => key[..Math.Min(ShownLength, key.Length / 3)];
}
