namespace Gateway.Ingress.Metering;

/// <summary>What an answer's <c>usage</c> has besides Anthropic's own members (contract C8).</summary>
[Flags]
internal enum UsageExtras
{
    None = 0,

    /// <summary><c>total_tokens</c>, <c>cache_read_tokens</c>, <c>cache_write_tokens</c> and <c>reasoning_tokens</c>, always as numbers.</summary>
    Tokens = 1,

    /// <summary><c>cost</c>, in the currency of the model's price; left out where that is not known.</summary>
    Cost = 2,

    All = Tokens | Cost,
}
