using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>
/// Where a reconciliation goes on, with what it has counted of the account that it is at. It is all there is of it: nothing is kept here, so the text
/// is bound to this installation by a hash under its secret, and whoever brings it cannot have changed what it says.
/// </summary>
internal sealed record ReconciliationPlace
{
    /// <summary>Of the text; more than any that is made here has, and less than an address may.</summary>
    private const int MaxLength = 6_000;

    /// <summary>Keeps these texts apart from what else is hashed under the secret.</summary>
    private const string Kind = "reconciliation";

    /// <summary>The last account that is counted; null: none is.</summary>
    public string? After { get; init; }

    /// <summary>The one behind it; null: nothing of it is.</summary>
    public AccountCount? Count { get; init; }

    public string ToText(KeyHasher hasher)
    {
        var place = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web));
        return $"{place}.{hasher.Pseudonym(Kind, place)}";
    }

    /// <summary>Null when it is no place that this installation has given out.</summary>
    public static ReconciliationPlace? Of(string text, KeyHasher hasher)
    {
        if (text.Length > MaxLength || text.Split('.') is not [var place, var hash]
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(hash), Encoding.UTF8.GetBytes(hasher.Pseudonym(Kind, place))))
            return null;
        try
        {
            return JsonSerializer.Deserialize<ReconciliationPlace>(Base64Url.DecodeFromChars(place), JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // Of another build.
            return null;
        }
    }
}
