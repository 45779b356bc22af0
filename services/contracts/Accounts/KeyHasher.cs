using System.Security.Cryptography;
using System.Text;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// Keys are stored as HMAC-SHA256 under a secret of this installation. The keys are 256 random bits, so a fast hash is enough; the
/// secret keeps a leaked table of hashes from being compared with another installation's.
/// </summary>
public sealed class KeyHasher
{
    /// <summary>The most characters that a key may have, also one that somebody has chosen. Those that are made here have 46 or 52.</summary>
    public const int MaxKeyLength = 256;

    private readonly byte[] _secret;

    public KeyHasher(string base64Secret) => _secret = Convert.FromBase64String(base64Secret);

    public string Hash(string key)
    {
        var most = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> utf8 = key.Length <= MaxKeyLength ? stackalloc byte[most] : new byte[most];
        var length = Encoding.UTF8.GetBytes(key, utf8);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, utf8[..length], hash);
        return Convert.ToHexStringLower(hash);
    }
}
