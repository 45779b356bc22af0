namespace Gateway.Billing.Keys;

public sealed record BootstrapRequest
{
    /// <summary>The admin key that was configured, else null.</summary>
    public string? AdminKey { get; init; }

    /// <summary>The admin key to take when none is configured and none exists.</summary>
    public required string CandidateAdminKey { get; init; }

    /// <summary>Base64 of the hash secret that was configured, else null.</summary>
    public string? HashSecret { get; init; }

    /// <summary>A key of this value without limits shall exist.</summary>
    public string? ApiKey { get; init; }
}
