namespace Gateway.Billing.Admin;

/// <summary>Usage of whole UTC days, both ends included.</summary>
internal sealed record UsageReport
{
    /// <summary>The first day.</summary>
    /// <example>2026-11-01</example>
    public required DateOnly From { get; init; }

    /// <summary>The last day.</summary>
    /// <example>2026-11-29</example>
    public required DateOnly To { get; init; }

    /// <summary>A line for each group and currency.</summary>
    public required IReadOnlyList<UsageLine> Data { get; init; }

    /// <summary>Everything in one line.</summary>
    /// <example>
    /// {"requests":2,"input_tokens":1200,"output_tokens":450,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,
    /// "cost":"0.01035","currency":"USD","unpriced_requests":0}
    /// </example>
    public required UsageLine Totals { get; init; }
}
