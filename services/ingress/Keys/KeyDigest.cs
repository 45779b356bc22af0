using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Keys;

/// <summary>What a key is remembered by: a digest of one size, whatever was sent. The text of a key is held by nothing but the request.</summary>
internal readonly record struct KeyDigest(UInt128 First, UInt128 Second)
{
    /// <param name="key">At most <see cref="KeyHasher.MaxKeyLength"/> characters.</param>
    public static KeyDigest Of(string key)
    {
        const int MaxBytesPerCharacter = 3;
        Span<byte> utf8 = stackalloc byte[KeyHasher.MaxKeyLength * MaxBytesPerCharacter];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        return MemoryMarshal.Read<KeyDigest>(hash);
    }
}
