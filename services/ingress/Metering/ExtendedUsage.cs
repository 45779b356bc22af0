using System.Globalization;
using System.Text;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Metering;

/// <summary>
/// The names other gateways use for what an answer used (contract C8), added behind Anthropic's own on the paths that promise them and for keys that
/// ask for it. Clients ignore members they do not know. Tokens that nobody spoke of are 0, as promised; a cost that is unknown is left out.
/// </summary>
internal static class ExtendedUsage
{
    public static byte[] Of(TokenUsage usage, Cost? cost, UsageExtras extras)
    {
        var text = new StringBuilder();
        if (extras.HasFlag(UsageExtras.Tokens))
        {
            Add("total_tokens", usage.TotalInput + (usage.OutputTokens ?? 0));
            Add("cache_read_tokens", usage.CacheReadInputTokens ?? 0);
            Add("cache_write_tokens", usage.CacheWrites);
            Add("reasoning_tokens", usage.ThinkingTokens ?? 0);
        }

        if (extras.HasFlag(UsageExtras.Cost) && cost is not null)
            text.Append(CultureInfo.InvariantCulture, $",\"cost\":{cost.Amount}");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Add(string name, long tokens) => text.Append(CultureInfo.InvariantCulture, $",\"{name}\":{tokens}");
    }
}
