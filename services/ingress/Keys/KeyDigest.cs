using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Keys;

/// <summary>What a key is remembered by: a digest of one size, whatever was sent. The text of a key is held by nothing but the request.</summary>
internal readonly record struct KeyDigest(UInt128 First, UInt128 Second)
{
    public static KeyDigest Of(string key)
    {
        const int MaxBytesPerCharacter = 3;
        // Longer ones are tokens of an identity provider.
        Span<byte> utf8 = key.Length <= KeyHasher.MaxKeyLength
            ? stackalloc byte[KeyHasher.MaxKeyLength * MaxBytesPerCharacter]
            : new byte[key.Length * MaxBytesPerCharacter];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        return MemoryMarshal.Read<KeyDigest>(hash);
    }
}
