namespace Gateway.Billing.Admin;

/// <summary>A page of dead letters, oldest first.</summary>
public sealed record DeadLetterList
{
    /// <summary>The letters of this page.</summary>
    public required IReadOnlyList<DeadLetter> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
