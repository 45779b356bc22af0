using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Quota;

/// <summary>How a budget stands, in the texts of Claude Code's headers; made once for each word of the account, not for each answer.</summary>
internal sealed class BudgetStanding
{
    private const decimal MostWhileAllowed = 0.99m;
    private static readonly (decimal Above, string Text)[] Thresholds = [(0.95m, "0.95"), (0.75m, "0.75")];

    private static readonly ConditionalWeakTable<BudgetStatus, BudgetStanding> Known = [];

    private BudgetStanding(BudgetStatus budget)
    {
        Used = budget.PartSpent();
        Utilization = Text(Math.Min(Used, MostWhileAllowed));
        Surpassed = Array.Find(Thresholds, t => Used > t.Above).Text;
        Status = Surpassed is null ? "allowed" : "allowed_warning";
        Reset = ResetOf(budget.ResetsAt);
    }

    /// <summary>See <see cref="BudgetStatus.PartSpent"/>.</summary>
    public decimal Used { get; }

    public string Utilization { get; }

    /// <summary>The highest threshold that is passed; null below all of them, which means that there is nothing to warn of.</summary>
    public string? Surpassed { get; }

    public string Status { get; }

    /// <summary>Unix seconds; null for a budget in total.</summary>
    public string? Reset { get; }

    /// <summary>How an account's budget stands; null where it has none.</summary>
    public static BudgetStanding? Of(AccountStatus? account) =>
        account?.Budget is { } budget ? Known.GetValue(budget, static budget => new(budget)) : null;

    public static string Text(decimal used) => used.ToString("0.##", CultureInfo.InvariantCulture);

    public static string? ResetOf(DateTimeOffset? at) => at?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
