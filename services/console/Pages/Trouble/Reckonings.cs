namespace Gateway.AdminConsole.Pages.Trouble;

/// <summary>The accounts that one call has counted to their end, and where the next goes on.</summary>
public sealed record Reckonings
{
    public IReadOnlyList<Reckoning> Data { get; init; } = [];

    /// <summary>The account that is counted in part; null: none is.</summary>
    public ReckonedPart? Counting { get; init; }

    /// <summary>What to ask for the rest with, as <c>after</c>.</summary>
    public string? NextAfter { get; init; }
}
