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

    private const int PseudonymBytes = 16;

    private readonly byte[] _secret;

    public KeyHasher(string base64Secret) => _secret = Convert.FromBase64String(base64Secret);

    public string Hash(string key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Hash(key, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>A name for somebody's id that is always the same, and tells the id to nobody: 32 hexadecimal digits.</summary>
    /// <param name="kind">Of what it is the id. It keeps whoever chooses an id from having a key hashed.</param>
    /// <param name="id">Of any length.</param>
    public string Pseudonym(string kind, string id)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Hash($"{kind}:{id}", hash);
        return Convert.ToHexStringLower(hash[..PseudonymBytes]);
    }

    private void Hash(string text, Span<byte> hash)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = text.Length <= MaxKeyLength ? stackalloc byte[most] : new byte[most];
        var length = Encoding.UTF8.GetBytes(text, utf8);
        HMACSHA256.HashData(_secret, utf8[..length], hash);
    }
}
