namespace Gateway.Billing.Keys;

public sealed record BudgetChangePage
{
    public IReadOnlyList<BudgetChange> Changes { get; init; } = [];
    public bool More { get; init; }
}
