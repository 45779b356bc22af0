using System.Buffers;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// A key that was made elsewhere. It is stored as a fast hash like any other, so it has to be a long random text, which only whoever made it can tell.
/// </summary>
internal static class ImportedKey
{
    private const int LeastLength = 16;
    private const string AnthropicPrefix = "sk-ant-";

    /// <summary>What may stand behind "Bearer" (RFC 6750).</summary>
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>What is wrong with its form, without the key; null if nothing is.</summary>
    public static string? MistakeIn(string key)
    {
        if (key.Length is < LeastLength or > KeyHasher.MaxKeyLength)
            return $"It has {key.Length} characters; a key has {LeastLength} to {KeyHasher.MaxKeyLength}.";
        if (key.AsSpan().ContainsAnyExcept(Characters))
            return "Of A-Z, a-z, 0-9 and -._~+/= only: everything else cannot be sent as a key.";
        if (key.StartsWith(AnthropicPrefix, StringComparison.Ordinal))
            return $"Keys that begin with {AnthropicPrefix} are Anthropic's own. Leave a provider's key with the provider, and hand out another.";
        if (key.StartsWith(AdminRecord.KeyPrefix, StringComparison.Ordinal))
            return $"Keys that begin with {AdminRecord.KeyPrefix} open the admin API. Send another.";
        if (key.StartsWith(TokenRecord.Prefix, StringComparison.Ordinal))
            return $"Keys that begin with {TokenRecord.Prefix} are of users who sign in. Send another.";
        return key.StartsWith(GatewayKeys.Prefix, StringComparison.Ordinal) && !GatewayKeys.IsOwn(key)
            ? $"Keys that begin with {GatewayKeys.Prefix} are made by this gateway, and this is none of them. Leave value out to have one made."
            : null;
    }
}
