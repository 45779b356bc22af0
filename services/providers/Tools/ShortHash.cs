using System.Security.Cryptography;
using System.Text;

namespace Gateway.Providers.Tools;

/// <summary>Short names that are the same every time for the same text.</summary>
public static class ShortHash
{
    public const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string Of(string text, int length)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Create(length, hash, static (chars, bytes) =>
        {
            for (var i = 0; i < chars.Length; i++)
                chars[i] = Alphabet[bytes[i] % Alphabet.Length];
        });
    }
}
