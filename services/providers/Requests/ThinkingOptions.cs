namespace Gateway.Providers.Requests;

/// <param name="Omitted"><c>display: "omitted"</c>: blocks carry a signature and no text.</param>
public sealed record ThinkingOptions(ThinkingMode Mode, int? BudgetTokens, bool Omitted)
{
    public static ThinkingOptions None { get; } = new(ThinkingMode.Absent, null, false);

    /// <summary>Whether thinking blocks belong into the answer (rule E87).</summary>
    public bool Wanted => Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive;
}
