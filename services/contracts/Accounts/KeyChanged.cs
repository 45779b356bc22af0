namespace Gateway.Contracts.Accounts;

/// <summary>The data of <c>gateway.key.changed.v1</c>. Delivered at least once; says what the key is now, never the key itself.</summary>
public sealed record KeyChanged
{
    public required string KeyId { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>created</c>, <c>updated</c>, <c>paused</c>, <c>resumed</c>, <c>rotated</c> or <c>revoked</c>.</summary>
    public required string Change { get; init; }
    public required KeyRecord Key { get; init; }
}
