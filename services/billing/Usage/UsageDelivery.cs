using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>An event that was delivered, on its way to its accounts.</summary>
/// <param name="e">What it says.</param>
/// <param name="json">The bytes it came in, which its key's account keeps. Not looked at any more once it is recorded.</param>
internal sealed class UsageDelivery(UsageEvent e, ReadOnlyMemory<byte> json)
{
    public UsageEvent Event { get; } = e;

    /// <summary>What its accounts count, with the bytes.</summary>
    public UsageEntry Entry { get; } = UsageEntry.Of(e, json);

    public int Bytes => json.Length;
}
