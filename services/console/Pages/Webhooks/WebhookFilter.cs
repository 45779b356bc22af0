namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>What of the events a webhook gets.</summary>
public sealed record WebhookFilter
{
    public string? KeyId { get; init; }
    public string? TeamId { get; init; }
    public string? Model { get; init; }
    public string? Provider { get; init; }
    public string? Outcome { get; init; }

    /// <summary>In a line; null: everything passes.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        ("key", KeyId), ("team", TeamId), ("model", Model), ("provider", Provider), ("outcome", Outcome),
    }.Where(f => f.Item2 is not null).Select(f => $"{f.Item1} {f.Item2}"));
}
