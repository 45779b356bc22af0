using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>Somebody's budget.</summary>
public sealed record BudgetLine(string Name, string Kind, BudgetStatus Status);
