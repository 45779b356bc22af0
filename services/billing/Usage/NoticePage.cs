namespace Gateway.Billing.Usage;

public sealed record NoticePage
{
    /// <summary>The number of the notice before the first of these: behind what was asked for where that is not kept any more.</summary>
    public required long After { get; init; }

    public required IReadOnlyList<Notice> Notices { get; init; }
}
