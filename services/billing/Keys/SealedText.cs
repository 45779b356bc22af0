using System.Security.Cryptography;
using System.Text;

namespace Gateway.Billing.Keys;

/// <summary>A text that only whoever knows the password can read (AES-256-GCM, the key by HKDF from the password and a salt).</summary>
public sealed record SealedText
{
    private const int KeyBytes = 32;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    public required byte[] Salt { get; init; }
    public required byte[] Bytes { get; init; }
    public required byte[] Tag { get; init; }

    public static SealedText Of(string text, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(KeyBytes);
        var plain = Encoding.UTF8.GetBytes(text);
        var (bytes, tag) = (new byte[plain.Length], new byte[TagBytes]);
        using var aes = Aes(password, salt);
        // The key is for this text only, so one nonce does for all.
        aes.Encrypt(new byte[NonceBytes], plain, bytes, tag);
        return new() { Salt = salt, Bytes = bytes, Tag = tag };
    }

    /// <exception cref="CryptographicException">The password is another one.</exception>
    public string Open(string password)
    {
        var plain = new byte[Bytes.Length];
        using var aes = Aes(password, Salt);
        aes.Decrypt(new byte[NonceBytes], Bytes, Tag, plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static AesGcm Aes(string password, byte[] salt) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(password), KeyBytes, salt), TagBytes);
}
