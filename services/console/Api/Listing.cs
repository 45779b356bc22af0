namespace Gateway.AdminConsole.Api;

/// <summary>A page of a list of the admin API.</summary>
public sealed record Listing<T>
{
    public IReadOnlyList<T> Data { get; init; } = [];
    public bool HasMore { get; init; }

    /// <summary>What to ask for the next page with, as <c>after</c>.</summary>
    public string? NextAfter { get; init; }
}
