using System.Security.Cryptography;

namespace Gateway.Ingress.SignIn;

/// <summary>Codes that a person types in: of twenty consonants, so that no word comes of it and none looks like another.</summary>
internal static class UserCodes
{
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Half = 4;

    public static string New() => $"{RandomNumberGenerator.GetString(Letters, Half)}-{RandomNumberGenerator.GetString(Letters, Half)}";

    /// <summary>As it was made, however it was typed; null: it cannot be one.</summary>
    public static string? Read(string? typed)
    {
        if (typed is not { Length: <= 32 })
            return null;
        var letters = new string([.. typed.ToUpperInvariant().Where(c => !char.IsWhiteSpace(c) && c is not '-')]);
        return letters.Length == 2 * Half && letters.All(c => Letters.Contains(c, StringComparison.Ordinal)) ? $"{letters[..Half]}-{letters[Half..]}" : null;
    }
}
