namespace Gateway.Contracts.Usage;

/// <summary>A route that was tried before the one that the request is charged for (rule F18).</summary>
public sealed record FailedRoute
{
    public required string Provider { get; init; }
    public required string UpstreamModel { get; init; }
    public required string ErrorType { get; init; }

    /// <summary>What it said it used before it failed; the provider may ask for it, the client is not charged.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>That usage at the route's price; null when nothing was said, or there is no price.</summary>
    public Cost? Cost { get; init; }
}
