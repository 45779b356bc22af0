using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Contracts;

public class BudgetStatusTests
{
    [Theory]
    [InlineData("100", "41", "0.41")]
    [InlineData("100", "130", "1.3")]
    [InlineData("100", "0", "0")]
    [InlineData("0.0000000000000000000000000001", "1000000000000", "1000000")]
    [InlineData("1000000000000", "1000000000000", "1")]
    public void The_part_that_is_spent_is_a_number_however_small_the_budget_was_made(string amount, string spent, string part)
    {
        var budget = new BudgetStatus
        {
            Amount = Of(amount),
            Currency = "USD",
            Period = BudgetPeriod.Month,
            Enforcement = BudgetEnforcement.Strict,
            Spent = Of(spent),
            Held = 0,
            Left = 0,
        };

        Assert.Equal(Of(part), budget.PartSpent());
    }

    private static decimal Of(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
