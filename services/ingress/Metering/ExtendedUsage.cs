using System.Globalization;
using System.Text;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Metering;

/// <summary>
/// The names other gateways use for what an answer used (contract C8), added behind Anthropic's own for keys that ask for it. Clients
/// ignore members they do not know. A cost that is unknown is left out, never 0.
/// </summary>
internal static class ExtendedUsage
{
    public static byte[] Of(TokenUsage usage, Cost? cost)
    {
        var text = new StringBuilder();
        Member<long>("total_tokens", usage.TotalInput + (usage.OutputTokens ?? 0));
        Member("cache_read_tokens", usage.CacheReadInputTokens);
        Member("cache_write_tokens", usage.CacheCreationInputTokens);
        Member("reasoning_tokens", usage.ThinkingTokens);
        Member("cost", cost?.Amount);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Member<T>(string name, T? value)
            where T : struct, IFormattable
        {
            if (value is { } known)
                text.Append(CultureInfo.InvariantCulture, $",\"{name}\":{known}");
        }
    }
}
