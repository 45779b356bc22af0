using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

/// <summary>
/// Codes and tokens that name the actor that knows them: a prefix, the actor's id, a hyphen, a secret, and a tag by which made-up ones are told without
/// asking, so that nobody wakes actors that nothing is in.
/// </summary>
public static class SessionIds
{
    public const string DevicePrefix = "gwd-";
    public const string RefreshPrefix = "gwr-";
    public const string SessionPrefix = "session_";
    private const int MaxLength = 256;
    private const int TagLength = 16;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");

    public static string Write(KeyHasher hasher, string prefix, string id, string secret)
    {
        var text = $"{prefix}{id}-{secret}";
        return text + TagOf(hasher, text);
    }

    /// <summary>False when it was not written here: nothing of it is used in the path of a call.</summary>
    /// <param name="hasher">The installation's.</param>
    /// <param name="prefix">What it should be.</param>
    /// <param name="text">What was sent.</param>
    /// <param name="id">The actor's.</param>
    /// <param name="secret">As it was written.</param>
    public static bool TryRead(KeyHasher hasher, string prefix, string? text, out string id, out string secret)
    {
        (id, secret) = ("", "");
        if (text is not { Length: <= MaxLength } || text.Length <= prefix.Length + TagLength || !text.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        var (written, tag) = (text[..^TagLength], text[^TagLength..]);
        if (written.AsSpan(prefix.Length).IndexOf('-') is not (> 0 and var at)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(tag), Encoding.UTF8.GetBytes(TagOf(hasher, written))))
            return false;
        (id, secret) = (written[prefix.Length..(prefix.Length + at)], written[(prefix.Length + at + 1)..]);
        return secret.Length > 0 && !id.AsSpan().ContainsAnyExcept(Characters);
    }

    private static string TagOf(KeyHasher hasher, string text) => hasher.Hash("tag of " + text)[..TagLength];
}
