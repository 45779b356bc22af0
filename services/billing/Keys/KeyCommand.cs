namespace Gateway.Billing.Keys;

public sealed record KeyCommand
{
    /// <summary>The key meant; null at creation.</summary>
    public string? Id { get; init; }

    /// <summary>JSON: the settings at creation, a merge patch (RFC 7396) at an update.</summary>
    public string? Body { get; init; }

    public long OverlapSeconds { get; init; }
}
