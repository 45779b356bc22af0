using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Billing.Keys;

/// <summary>
/// Creations that were sent with an <c>Idempotency-Key</c>, so that one whose answer was lost can be sent again. Kept for a day, and of so many the
/// newest: <c>once:{hash}</c> is what one has made, <c>once-order:{n}</c> the hashes by age, <c>once-range</c> their first and last number. Written with
/// what is made, in one transaction.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    private const string OnceRange = "once-range";
    private const int MaxOnce = 10_000;

    /// <summary>More than come in, so that a backlog goes.</summary>
    private const int MostForgotten = 4;
    private static readonly TimeSpan OnceKept = TimeSpan.FromDays(1);

    private async Task<MadeBefore?> FindMadeAsync(string operation, string? key)
    {
        if (key is null)
            return null;
        var made = await StateManager.TryGetStateAsync<MadeBefore>(OnceKey(operation, key));
        return made.HasValue && made.Value.Time + OnceKept > Now ? made.Value : null;
    }

    private static string? ConflictOf(MadeBefore made, string? body) => made.Body == Digest(body ?? "")
        ? null
        : "The Idempotency-Key has been used within a day for another body. Send the same body, or another Idempotency-Key.";

    private async Task RememberMadeAsync(string operation, string? key, string? body, IReadOnlyList<string> ids, IReadOnlyList<string>? secrets)
    {
        if (key is null)
            return;
        var stored = await StateManager.TryGetStateAsync<List<long>>(OnceRange);
        var (first, last) = stored.HasValue ? (stored.Value[0], stored.Value[1]) : (1, 0);
        first = await ForgetMadeAsync(first, last++);
        var made = new MadeBefore
        {
            Number = last,
            Body = Digest(body ?? ""),
            Time = Now,
            Ids = ids,
            Secrets = secrets is null ? null : SealedText.Of(string.Join('\n', secrets), await PasswordAsync(key)),
        };
        var name = OnceKey(operation, key);
        await StateManager.SetStateAsync(name, made);
        await StateManager.SetStateAsync(OnceOrder(last), name);
        await StateManager.SetStateAsync<List<long>>(OnceRange, [first, last]);
    }

    /// <summary>Returns the number of the first that is kept.</summary>
    private async Task<long> ForgetMadeAsync(long first, long last)
    {
        for (var i = 0; i < MostForgotten && first <= last; i++, first++)
        {
            var oldest = await StateManager.GetStateAsync<string>(OnceOrder(first));
            var made = await StateManager.TryGetStateAsync<MadeBefore>(oldest);
            // One that was used anew after its day stands in the order twice.
            var isMeant = made.HasValue && made.Value.Number == first;
            if (isMeant && made.Value.Time + OnceKept > Now && last - first + 1 < MaxOnce)
                break;
            if (isMeant)
                await StateManager.TryRemoveStateAsync(oldest);
            await StateManager.TryRemoveStateAsync(OnceOrder(first));
        }

        return first;
    }

    private async Task<IReadOnlyList<string>> SecretsAsync(MadeBefore made, string key) => made.Secrets!.Open(await PasswordAsync(key)).Split('\n');

    /// <summary>Of the idempotency key and the hash secret: either alone opens nothing.</summary>
    private async Task<string> PasswordAsync(string key) => (await HasherAsync()).Hash("once " + key);

    private static string OnceKey(string operation, string key) => "once:" + Digest($"{operation}\n{key}");

    private static string OnceOrder(long number) => string.Create(CultureInfo.InvariantCulture, $"once-order:{number}");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
