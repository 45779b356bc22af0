using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Billing.Keys;

namespace Gateway.Billing.Webhooks;

/// <summary>
/// What a webhook's deliveries are signed with, as Standard Webhooks has it (https://www.standardwebhooks.com): <c>whsec_</c> and base64. In the store it is
/// sealed under the hash secret of the gateway.
/// </summary>
public sealed record WebhookSecret
{
    private const string Prefix = "whsec_";
    private const int Bytes = 32;

    public required SealedText Sealed { get; init; }

    /// <summary>Until when one that was replaced still signs, too; null: it is the current one.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The header <c>webhook-signature</c>: one signature for each secret that is good.</summary>
    public static string Sign(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var signatures = new List<string>();
        foreach (var secret in secrets)
        {
            using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secret[Prefix.Length..]));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
            hash.AppendData(body);
            signatures.Add("v1," + Convert.ToBase64String(hash.GetHashAndReset()));
        }

        return string.Join(' ', signatures);
    }
}
