namespace Gateway.Billing.Keys;

/// <summary>What a creation under an idempotency key has made.</summary>
internal sealed record MadeBefore
{
    /// <summary>Its place in the order by age.</summary>
    public required long Number { get; init; }

    /// <summary>The body it was made of, as a hash.</summary>
    public required string Body { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>Of keys: the keys themselves, to be opened with the idempotency key, which is stored nowhere.</summary>
    public SealedText? Secrets { get; init; }
}
