using System.Security.Cryptography;
using System.Text;
using Gateway.Ingress.Keys;
using Microsoft.AspNetCore.DataProtection;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// Seals what a browser carries to the identity provider and back, under the installation's secret: whatever instance it comes back to can read it, and
/// no ring of keys has to be kept. What is sealed for one purpose opens for no other.
/// </summary>
internal sealed class SharedProtector : IDataProtectionProvider, IDataProtector
{
    private const int KeyBytes = 32;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    private readonly Secret _secret;
    private readonly string _purpose;

    public SharedProtector(KeyLookup keys)
        : this(new Secret(keys), "gateway sign-in")
    {
    }

    private SharedProtector(Secret secret, string purpose) => (_secret, _purpose) = (secret, purpose);

    public IDataProtector CreateProtector(string purpose) => new SharedProtector(_secret, $"{_purpose}\n{purpose}");

    /// <summary>To be awaited before anything is sealed or opened: the secret is in the key store.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken) =>
        _secret.Password ??= await _secret.Keys.HashAsync("protector of sign-ins", cancellationToken);

    public byte[] Protect(byte[] plaintext)
    {
        var salt = RandomNumberGenerator.GetBytes(KeyBytes);
        var sealedBytes = new byte[KeyBytes + TagBytes + plaintext.Length];
        salt.CopyTo(sealedBytes, 0);
        using var aes = Aes(salt);
        // The key is for this text only, so one nonce does for all.
        aes.Encrypt(new byte[NonceBytes], plaintext, sealedBytes.AsSpan(KeyBytes + TagBytes), sealedBytes.AsSpan(KeyBytes, TagBytes));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">It was not sealed here, or for something else.</exception>
    public byte[] Unprotect(byte[] protectedData)
    {
        if (protectedData.Length < KeyBytes + TagBytes)
            throw new CryptographicException("It is too short to have been sealed here.");
        var plain = new byte[protectedData.Length - KeyBytes - TagBytes];
        using var aes = Aes(protectedData[..KeyBytes]);
        aes.Decrypt(new byte[NonceBytes], protectedData.AsSpan(KeyBytes + TagBytes), protectedData.AsSpan(KeyBytes, TagBytes), plain);
        return plain;
    }

    private AesGcm Aes(byte[] salt)
    {
        var password = _secret.Password ?? throw new InvalidOperationException("The installation's secret has not been read yet.");
        return new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(password), KeyBytes, salt, Encoding.UTF8.GetBytes(_purpose)), TagBytes);
    }

    private sealed class Secret(KeyLookup keys)
    {
        public KeyLookup Keys => keys;

        public string? Password { get; set; }
    }
}
