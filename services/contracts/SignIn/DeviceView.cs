namespace Gateway.Contracts.SignIn;

/// <summary>What the page shows of a device that waits.</summary>
public sealed record DeviceView
{
    public required DeviceStatus Status { get; init; }
    public bool Admin { get; init; }

    /// <summary>Who has signed in.</summary>
    public string? Who { get; init; }

    /// <summary>Why he may not.</summary>
    public string? Refusal { get; init; }
}
