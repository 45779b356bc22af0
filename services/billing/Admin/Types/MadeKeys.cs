namespace Gateway.Billing.Admin;

/// <summary>The keys that a call has made, in the order of its body.</summary>
internal sealed record MadeKeys
{
    /// <summary>Each with <c>key</c>, the key itself, which is in this answer only.</summary>
    public required IReadOnlyList<KeyView> Data { get; init; }
}
