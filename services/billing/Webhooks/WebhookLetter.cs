namespace Gateway.Billing.Webhooks;

/// <summary>
/// Events that a webhook's receiver did not take within the time that they are tried. Which they are is kept, not they themselves: replayed, they are read from
/// the accounts, as long as these keep them.
/// </summary>
public sealed record WebhookLetter
{
    /// <summary>As the delivery's header <c>webhook-id</c>.</summary>
    /// <example>msg_5f3a0c7be1d2494c8a60</example>
    public required string Id { get; init; }

    /// <summary>The place in the feed before the first of its events, and behind the last.</summary>
    /// <example>1.0_0.0_0.0_2.1_0.0_0.0_0.0_0.0_0.0</example>
    public required string From { get; init; }

    /// <summary>The place in the feed behind the last of its events.</summary>
    /// <example>1.0_0.0_0.0_3.0_0.0_0.0_0.0_0.0_0.0</example>
    public required string To { get; init; }

    /// <summary>Earlier events are not of it.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How many events they are.</summary>
    /// <example>12</example>
    public required int Events { get; init; }

    /// <summary>How often it was tried.</summary>
    /// <example>14</example>
    public required int Attempts { get; init; }

    /// <summary>The last failure.</summary>
    public required WebhookFailure Failure { get; init; }
}
