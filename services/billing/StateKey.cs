using System.Security.Cryptography;
using System.Text;

namespace Gateway.Billing;

/// <summary>State keys stand in paths of the sidecar's API: ids from elsewhere go in as they are only when they are harmless there.</summary>
internal static class StateKey
{
    private const int MaxLength = 128;

    public static string Of(string prefix, string id) =>
        id.Length <= MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ':')
            ? prefix + id
            : $"{prefix}sha256-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
}
