namespace Gateway.Billing.Admin;

/// <summary>An account that is counted in part.</summary>
internal sealed record CountedAccount
{
    /// <summary>The account.</summary>
    /// <example>key_4QmVXb2s</example>
    public required string KeyId { get; init; }

    /// <summary>How many of its events are counted.</summary>
    /// <example>50176</example>
    public required long Events { get; init; }
}
