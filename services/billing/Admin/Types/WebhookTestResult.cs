namespace Gateway.Billing.Admin;

/// <summary>What became of a test delivery.</summary>
internal sealed record WebhookTestResult
{
    /// <summary>Whether the receiver took it.</summary>
    /// <example>true</example>
    public required bool Delivered { get; init; }

    /// <summary>Its header <c>webhook-id</c>.</summary>
    /// <example>msg_test_5f3a0c7be1d2494c8a60</example>
    public required string MessageId { get; init; }

    /// <summary>Why it was not taken.</summary>
    public string? Failure { get; init; }
}
