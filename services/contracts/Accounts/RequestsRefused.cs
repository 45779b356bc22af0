namespace Gateway.Contracts.Accounts;

/// <summary>
/// The data of <c>gateway.requests.refused.v1</c>: requests of a key that were refused for a limit, a budget or a price, put together. Best effort:
/// <see cref="Totals"/> are the truth, and say what a notice that was lost has said.
/// </summary>
public sealed record RequestsRefused
{
    public required string AccountId { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>How many since the notice before, by reason, as at <see cref="KeySelf.Refused"/>.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>How many in all.</summary>
    public required IReadOnlyDictionary<string, long> Totals { get; init; }
}
