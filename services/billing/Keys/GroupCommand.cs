namespace Gateway.Billing.Keys;

public sealed record GroupCommand
{
    public string? Id { get; init; }

    /// <summary>JSON: the settings at creation, a merge patch at an update.</summary>
    public string? Body { get; init; }

    public bool Organization { get; init; }
}
