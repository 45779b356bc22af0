using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>Warnings before a budget's end: once for each period and threshold, whatever happens in between.</summary>
public sealed class BudgetWarningTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualTime _time = new(Start);
    private AccountBook _book = new("key_1", new AccountState(), new AccountOptions());

    [Fact]
    public void Each_threshold_is_told_once_in_a_period_and_anew_in_the_next()
    {
        Configure(new KeyBudget { Amount = 10, Period = BudgetPeriod.Day });
        Spend(4.99m);
        Assert.Empty(Taken());
        Spend(0.01m);
        Assert.Equal([50], Taken());
        Spend(1);
        Assert.Empty(Taken());
        Spend(3.9m);
        Assert.Equal([80, 95], Taken());
        Spend(50);
        Assert.Empty(Taken());
        _time.Advance(TimeSpan.FromDays(1));
        Spend(6);
        Assert.Equal([50], Taken());
    }

    [Fact]
    public void A_budget_says_its_own_thresholds_or_none()
    {
        Configure(new KeyBudget { Amount = 10, WarnAt = [10, 100] });
        Spend(9.99m);
        Assert.Equal([10], Taken());
        Spend(0.01m);
        Assert.Equal([100], Taken());
        Configure(new KeyBudget { Amount = 5, WarnAt = [] });
        Spend(1);
        Assert.Empty(Taken());
    }

    [Fact]
    public void A_changed_budget_warns_of_what_is_reached_now_and_again_of_what_it_has_left_behind()
    {
        Configure(new KeyBudget { Amount = 10, Period = BudgetPeriod.Month });
        Spend(6);
        Assert.Equal([50], Taken());
        Configure(new KeyBudget { Amount = 7, Period = BudgetPeriod.Month });
        Assert.Equal([80], Taken());
        Configure(new KeyBudget { Amount = 20, Period = BudgetPeriod.Month });
        Assert.Empty(Taken());
        Spend(4);
        Assert.Equal([50], Taken());
        Configure(new KeyBudget { Amount = 20, Period = BudgetPeriod.Total });
        Assert.Equal([50], Taken());
    }

    [Fact]
    public void What_is_not_sent_is_still_there_after_a_restart_and_bounded()
    {
        Configure(new KeyBudget { Amount = 10, Period = BudgetPeriod.Day });
        for (var day = 0; day < 60; day++)
        {
            Spend(100);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Restart();
        Assert.Equal(100, _book.State.Warnings.Count);
        Assert.Equal(100, _book.State.Warnings.Select(w => w.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(BudgetPeriod.Month, 101, 10, "2026-03-21")]
    [InlineData(BudgetPeriod.Month, 1000, 10, null)]
    [InlineData(BudgetPeriod.Total, 1001, 10, "2026-06-28")]
    [InlineData(BudgetPeriod.Total, 1000000, 10, null)]
    [InlineData(BudgetPeriod.Month, 30, 10, null)]
    [InlineData(BudgetPeriod.Month, 100, 0, null)]
    public void The_end_is_told_from_the_spend_of_the_last_days(BudgetPeriod period, int amount, int aDay, string? end)
    {
        Configure(new KeyBudget { Amount = amount, Period = period });
        for (var day = 1; day <= 5 && aDay > 0; day++, _time.Advance(TimeSpan.FromDays(1)))
            Spend(aDay);
        Assert.Equal(end, _book.StatusWithForecast(_time.Now).Budget!.EndsOn?.ToString("yyyy-MM-dd"));
        Assert.Null(_book.Status(_time.Now).Budget!.EndsOn);
    }

    [Fact]
    public void Budgets_are_the_same_by_what_they_say()
    {
        var budget = new KeyBudget { Amount = 1, WarnAt = [10, 20] };
        Assert.Equal(budget, new KeyBudget { Amount = 1, WarnAt = new List<int> { 10, 20 } });
        Assert.NotEqual(budget, budget with { WarnAt = [10] });
        Assert.NotEqual(budget with { WarnAt = null }, budget with { WarnAt = [50, 80, 95] });
    }

    [Fact]
    public async Task They_come_on_the_topic_and_are_forgotten_then()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":10,"period":"total"}}"""))["id"]!;
        foreach (var n in Enumerable.Range(1, 9))
        {
            // Each twice: a delivery that comes again warns of nothing.
            await rig.RecordAsync(id, BillingRig.Event("req_" + n, id, cost: 1m));
            await rig.RecordAsync(id, BillingRig.Event("req_" + n, id, cost: 1m));
        }

        foreach (var percent in new[] { 50, 80 })
        {
            var warning = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/quota", 30)).Body)!;
            Assert.Equal("gateway.quota.warning.v1", (string)warning["type"]!);
            Assert.Equal((id, percent, "10"), ((string)warning["data"]!["accountId"]!, (int)warning["data"]!["percent"]!, (string)warning["data"]!["amount"]!));
            Assert.Equal((string)warning["data"]!["id"]!, (string)warning["id"]!);
        }

        using var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar };
        await BillingRig.UntilAsync(async () =>
            JsonNode.Parse(await sidecar.GetStringAsync($"/v1.0/actors/Account/{id}/state/head"))!["warnings"] is JsonArray { Count: 0 });
        await Assert.ThrowsAnyAsync<Exception>(() => rig.Ingress.NextAsync("/notices/quota", 0.3));
        Assert.NotNull((await rig.GetAsync($"/admin/v1/keys/{id}/status")).Body["status"]!["budget"]!["endsOn"]);
    }

    private void Configure(KeyBudget budget) => _book.Configure(new AccountSettings { Budget = budget }, _time.Now);

    private void Spend(decimal cost)
    {
        _book.Record(BillingRig.Entry(BillingRig.Event("r", "key_1", _time.Now, cost)));
        _book.Warn(_time.Now);
        Restart();
    }

    /// <summary>As its state is read back from the store.</summary>
    private void Restart()
    {
        var stored = JsonSerializer.Serialize(_book.State, JsonSerializerOptions.Web);
        _book = new AccountBook("key_1", JsonSerializer.Deserialize<AccountState>(stored, JsonSerializerOptions.Web)!, new AccountOptions());
    }

    private List<int> Taken()
    {
        var percents = _book.State.Warnings.Select(w => w.Percent).ToList();
        _book.State.Warnings.Clear();
        return percents;
    }
}
