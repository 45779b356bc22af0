using System.Text.Json;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

public class AccountBookTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static readonly AccountOptions Options = new();
    private readonly ManualTime _time = new(Start);
    private readonly AccountBook _book = new("key_1", new AccountState(), Options);
    private long _sequence;

    private void Configure(KeyLimits? limits = null, KeyBudget? budget = null) =>
        _book.Configure(new AccountSettings { Limits = limits, Budget = budget }, _time.Now);

    private LeaseGrant Ask(Allowance? need = null, Allowance? want = null, Allowance? back = null, string lease = "i1", int slots = 0, long? sequence = null) =>
        _book.Lease(
        new LeaseRequest
        {
            LeaseId = lease,
            Sequence = sequence ?? ++_sequence,
            Need = need ?? new(),
            Want = want ?? new(),
            Return = back ?? new(),
            Slots = slots,
        },
        _time.Now);

    private bool OneRequest(string lease = "i1") => Ask(new Allowance { Requests = 1 }, lease: lease).Refusal is null;

    private void Record(decimal cost, string? lease = "i1", DateTimeOffset? time = null, string currency = "USD") =>
        _book.Record(BillingRig.Entry(BillingRig.Event("r", "key_1", time ?? _time.Now, cost, currency) with { LeaseId = lease }));

    /// <summary>As an account that was stored before counts of tokens had a limit of their own.</summary>
    [Fact]
    public void A_limit_that_was_stored_without_being_held_is_held_from_the_first_reading_on()
    {
        Configure(new KeyLimits { RequestsPerMinute = 3, OutputTokensPerMinute = 50 });
        _book.Lease(new LeaseRequest { LeaseId = "i", Sequence = 1, Need = new Allowance { Requests = 2 } }, _time.Now);
        var stored = JsonSerializer.SerializeToNode(_book.State, JsonSerializerOptions.Web)!.AsObject();
        Assert.True(stored.Remove("tokenCounts"));
        var book = new AccountBook("key", stored.Deserialize<AccountState>(JsonSerializerOptions.Web)!, new AccountOptions());
        book.AddMissingRates(_time.Now);
        var status = book.Status(_time.Now);
        Assert.Equal((3, 3, 1), (status.TokenCounts!.Limit, status.TokenCounts.Remaining, status.Requests!.Remaining));
        Assert.Null(status.InputTokens);
        var refusal = book.Lease(new LeaseRequest { LeaseId = "i", Sequence = 2, Need = new Allowance { TokenCounts = 4 } }, _time.Now).Refusal;
        Assert.Null(refusal);
        refusal = book.Lease(new LeaseRequest { LeaseId = "i", Sequence = 3, Need = new Allowance { TokenCounts = 1 } }, _time.Now).Refusal;
        Assert.Equal(QuotaDimension.TokenCounts, refusal!.Dimension);
    }

    [Fact]
    public void A_minute_admits_exactly_its_requests_however_many_ask()
    {
        Configure(new KeyLimits { RequestsPerMinute = 10 });
        Assert.Equal(10, Enumerable.Range(0, 200).Count(i => OneRequest("i" + (i % 4))));
        var refusal = Ask(new Allowance { Requests = 1 }).Refusal!;
        Assert.Equal((QuotaDimension.Requests, true, 6_000L), (refusal.Dimension, refusal.Transient, refusal.RetryAfterMs!.Value));
        _time.Advance(TimeSpan.FromMilliseconds(5_999));
        Assert.False(OneRequest());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(OneRequest());
        Assert.False(OneRequest());
    }

    [Fact]
    public void A_bucket_fills_to_a_minutes_worth_and_no_further()
    {
        Configure(new KeyLimits { RequestsPerMinute = 7 });
        Assert.True(OneRequest());
        _time.Advance(TimeSpan.FromDays(400));
        Assert.Equal(7, Enumerable.Range(0, 50).Count(_ => OneRequest()));
    }

    [Fact]
    public void A_clock_set_back_admits_nothing_more()
    {
        Configure(new KeyLimits { RequestsPerMinute = 2 });
        Assert.True(OneRequest());
        Assert.True(OneRequest());
        _time.Advance(TimeSpan.FromDays(-3));
        Assert.False(OneRequest());
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(OneRequest());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(OneRequest());
    }

    [Fact]
    public void After_a_clock_is_set_back_silent_leases_end_in_their_time()
    {
        Configure(new KeyLimits { ConcurrentRequests = 1 }, new KeyBudget { Amount = 10, Period = BudgetPeriod.Total, Currency = "USD" });
        Assert.Null(Ask(new Allowance { Slots = 1, Money = 5, Requests = 1 }).Refusal);
        _time.Advance(TimeSpan.FromDays(-3));
        Assert.NotNull(Ask(new Allowance { Slots = 1, Requests = 1, Money = 1 }, lease: "i2").Refusal);
        _time.Advance(Options.LeaseLifetime);
        Assert.Null(Ask(new Allowance { Slots = 1, Requests = 1, Money = 1 }, lease: "i2").Refusal);
        _time.Advance(Options.ReservationTtl);
        Assert.Equal(5, _book.Sweep(_time.Now));
    }

    [Fact]
    public void A_need_above_a_minutes_worth_passes_when_the_bucket_is_full()
    {
        Configure(new KeyLimits { OutputTokensPerMinute = 8_000 });
        Assert.Equal(8_000, Ask(new Allowance { OutputTokens = 64_000 }).Granted.OutputTokens);
        Assert.Equal(QuotaDimension.OutputTokens, Ask(new Allowance { OutputTokens = 64_000 }).Refusal!.Dimension);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(Ask(new Allowance { OutputTokens = 64_000 }).Refusal);
    }

    [Fact]
    public void Tokens_used_beyond_the_estimate_are_a_debt_that_filling_pays()
    {
        Configure(new KeyLimits { InputTokensPerMinute = 60_000 });
        Assert.Null(Ask(new Allowance { InputTokens = 60_000 }).Refusal);
        Ask(back: new Allowance { InputTokens = -30_000 });
        Assert.Equal(30_001, Ask(new Allowance { InputTokens = 1 }).Refusal!.RetryAfterMs);
        Assert.Equal(0, _book.Status(_time.Now).InputTokens!.Remaining);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1_000, _book.Status(_time.Now).InputTokens!.Remaining);
    }

    [Fact]
    public void Returned_tokens_can_be_granted_again_and_never_exceed_the_limit()
    {
        Configure(new KeyLimits { RequestsPerMinute = 4 });
        Assert.Equal(4, Ask(new Allowance { Requests = 4 }).Granted.Requests);
        Ask(back: new Allowance { Requests = 3 });
        Assert.Equal(3, _book.Status(_time.Now).Requests!.Remaining);
        Ask(back: new Allowance { Requests = 1_000_000 });
        Assert.Equal(4, _book.Status(_time.Now).Requests!.Remaining);
    }

    [Fact]
    public void Another_limit_keeps_what_was_used()
    {
        Configure(new KeyLimits { RequestsPerMinute = 10 });
        Assert.Equal(8, Ask(new Allowance { Requests = 8 }).Granted.Requests);
        Configure(new KeyLimits { RequestsPerMinute = 100 });
        Assert.Equal(2, _book.Status(_time.Now).Requests!.Remaining);
        Configure(new KeyLimits { RequestsPerMinute = 1 });
        Assert.Equal(1, _book.Status(_time.Now).Requests!.Remaining);
        Configure();
        Assert.Equal(default, _book.Status(_time.Now).Ceiling);
    }

    [Fact]
    public void A_want_gets_a_share_so_that_the_rest_stays_for_others()
    {
        Configure(new KeyLimits { RequestsPerMinute = 100, ConcurrentRequests = 9 }, new KeyBudget { Amount = 9 });
        var granted = Ask(new Allowance { Requests = 1, Slots = 1, Money = 1 }, new Allowance { Requests = 1_000, Slots = 50, Money = 100 }).Granted;
        Assert.Equal((25, 3, 3m), (granted.Requests, granted.Slots, granted.Money));
    }

    [Fact]
    public void Slots_in_use_are_never_more_than_the_limit_and_come_back_when_they_are_given_up()
    {
        Configure(new KeyLimits { ConcurrentRequests = 2 });
        Assert.Equal(1, Ask(new Allowance { Slots = 1 }).Granted.Slots);
        Assert.Equal(1, Ask(new Allowance { Slots = 1 }, lease: "i2", sequence: 1).Granted.Slots);
        Assert.Equal(QuotaDimension.Concurrency, Ask(new Allowance { Slots = 1 }, slots: 1).Refusal!.Dimension);
        Ask(lease: "i2", slots: 0, sequence: 2);
        Assert.Null(Ask(new Allowance { Slots = 1 }, slots: 1).Refusal);
        Assert.Equal(2, _book.Status(_time.Now).SlotsHeld);
    }

    [Fact]
    public void Slots_of_a_silent_holder_are_freed_when_its_lease_expires_and_taken_up_again_when_it_calls()
    {
        Configure(new KeyLimits { ConcurrentRequests = 1 });
        Ask(new Allowance { Slots = 1 });
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.NotNull(Ask(new Allowance { Slots = 1 }, lease: "i2", sequence: 1).Refusal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Ask(lease: "i2", sequence: 2).Status.SlotsHeld);
        Ask(slots: 1);
        Assert.NotNull(Ask(new Allowance { Slots = 1 }, lease: "i2", sequence: 3).Refusal);
    }

    [Fact]
    public void A_refusal_recalls_what_others_have_free_once()
    {
        Configure(new KeyLimits { ConcurrentRequests = 1 });
        Ask(new Allowance { Slots = 1 });
        Assert.NotNull(Ask(new Allowance { Slots = 1 }, lease: "i2", sequence: 1).Refusal);
        Assert.True(Ask(slots: 1).Recall);
        Assert.False(Ask(slots: 1).Recall);
    }

    [Fact]
    public void Changed_limits_recall_what_was_granted_by_the_old_ones_and_the_same_again_do_not()
    {
        Configure(new KeyLimits { RequestsPerMinute = 10 }, new KeyBudget { Amount = 1_000 });
        Ask(new Allowance { Requests = 1, Money = 1 });
        Configure(new KeyLimits { RequestsPerMinute = 10 }, new KeyBudget { Amount = 1_000 });
        Assert.False(Ask().Recall);
        Configure(new KeyLimits { RequestsPerMinute = 10 }, new KeyBudget { Amount = 1 });
        Assert.True(Ask().Recall);
        Assert.False(Ask().Recall);
        Configure(new KeyLimits { RequestsPerMinute = 5 }, new KeyBudget { Amount = 1 });
        Assert.True(Ask().Recall);
    }

    [Fact]
    public void A_call_that_is_repeated_gets_the_same_answer_and_debits_once()
    {
        Configure(new KeyLimits { RequestsPerMinute = 10 }, new KeyBudget { Amount = 10 });
        var first = Ask(new Allowance { Requests = 2, Money = 4 }, sequence: 1);
        var again = Ask(new Allowance { Requests = 2, Money = 4 }, sequence: 1);
        Assert.Equal(first.Granted, again.Granted);
        Assert.Equal((8L, 4m), (again.Status.Requests!.Remaining, again.Status.Budget!.Held));
        Ask(new Allowance { Requests = 1 }, sequence: 2);
        var late = Ask(new Allowance { Requests = 2, Money = 4 }, sequence: 1);
        Assert.Equal(new Allowance(), late.Granted);
        Assert.Equal(4m, late.Status.Budget!.Held);
    }

    [Fact]
    public void A_budget_for_one_request_admits_one_of_a_hundred()
    {
        Configure(budget: new KeyBudget { Amount = 1.50m });
        var answers = Enumerable.Range(0, 100).Select(i => Ask(new Allowance { Requests = 1, Money = 1m }, lease: "i" + (i % 4))).ToList();
        Assert.Single(answers, a => a.Refusal is null);
        Assert.All(answers.Where(a => a.Refusal is not null), a => Assert.True(a.Refusal!.Transient));
    }

    [Fact]
    public void Settlement_moves_the_cost_from_held_to_spent_and_the_rest_is_given_back()
    {
        Configure(budget: new KeyBudget { Amount = 10 });
        Ask(new Allowance { Requests = 1, Money = 4 });
        Record(1.25m);
        var status = _book.Status(_time.Now).Budget!;
        Assert.Equal((1.25m, 2.75m, 6m), (status.Spent, status.Held, status.Left));
        Ask(back: new Allowance { Money = 2.75m });
        status = _book.Status(_time.Now).Budget!;
        Assert.Equal((1.25m, 0m, 8.75m), (status.Spent, status.Held, status.Left));
    }

    [Fact]
    public void A_spent_budget_refuses_for_good_and_says_what_was_needed_what_is_left_and_when_it_resets()
    {
        Configure(new KeyLimits { RequestsPerMinute = 1 }, new KeyBudget { Amount = 2, Period = BudgetPeriod.Month });
        Record(1.5m, lease: null);
        var refusal = Ask(new Allowance { Requests = 5, Money = 1 }).Refusal!;
        Assert.Equal(QuotaDimension.Budget, refusal.Dimension);
        Assert.False(refusal.Transient);
        Assert.Null(refusal.RetryAfterMs);
        Assert.Equal((2m, 1m, 0.5m, "USD"), (refusal.Limit, refusal.Needed, refusal.Left, refusal.Currency));
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), refusal.ResetsAt);
    }

    [Fact]
    public void A_budget_spent_to_the_last_cent_refuses_the_smallest_cost_and_nothing_that_costs_nothing()
    {
        Configure(budget: new KeyBudget { Amount = 2 });
        Assert.Null(Ask(new Allowance { Requests = 1 }).Refusal);
        Record(2m, lease: null);
        Assert.False(Ask(new Allowance { Requests = 1, Money = 0.000001m }).Refusal!.Transient);
        Assert.Null(Ask(new Allowance { Requests = 1 }).Refusal);
        Assert.Null(Ask().Refusal);
    }

    [Fact]
    public void Money_of_a_silent_holder_is_kept_for_late_events_then_released_and_reported()
    {
        Configure(budget: new KeyBudget { Amount = 10 });
        Ask(new Allowance { Requests = 1, Money = 4 });
        _time.Advance(TimeSpan.FromSeconds(15) + TimeSpan.FromMinutes(14));
        Record(1m);
        Assert.Equal(3m, Ask(lease: "i2", sequence: 1).Status.Budget!.Held);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3m, _book.Sweep(_time.Now));
        Assert.Equal((1L, 3m), (_book.Balance().UnsettledLeases, _book.Balance().Unsettled));
        Assert.Equal(9m, _book.Status(_time.Now).Budget!.Left);

        // Even later the event still counts; it was not reserved any more.
        Record(0.5m);
        Assert.Equal((8.5m, 0.5m), (_book.Status(_time.Now).Budget!.Left, _book.Balance().Overrun));
        Assert.True(Ask().Opened);
    }

    [Fact]
    public void A_closed_lease_keeps_the_cost_of_events_on_their_way()
    {
        Configure(budget: new KeyBudget { Amount = 10 });
        Ask(new Allowance { Requests = 2, Money = 4 });
        _book.Return(new LeaseReturn { LeaseId = "i1", Sequence = ++_sequence, Return = new Allowance { Money = 3 } }, _time.Now);
        Assert.Equal(1m, _book.Status(_time.Now).Budget!.Held);
        Record(0.4m);
        Record(0.6m);
        Assert.Empty(_book.State.Leases);
        Assert.Equal((1m, 0m), (_book.Status(_time.Now).Budget!.Spent, _book.Balance().Overrun));
    }

    [Fact]
    public void A_closed_lease_that_is_taken_up_again_is_not_ended_by_the_events_it_was_kept_for()
    {
        Configure(new KeyLimits { ConcurrentRequests = 1 }, new KeyBudget { Amount = 10 });
        Ask(new Allowance { Slots = 1, Money = 1 });
        _book.Return(new LeaseReturn { LeaseId = "i1", Sequence = ++_sequence, Return = new Allowance() }, _time.Now);
        Assert.False(Ask(new Allowance { Slots = 1 }).Opened);
        Record(1m);
        Assert.NotNull(Ask(new Allowance { Slots = 1 }, lease: "i2", sequence: 1).Refusal);
        Assert.False(Ask(slots: 1).Opened);
    }

    [Fact]
    public void What_is_not_limited_is_not_granted_so_that_a_limit_set_later_is_exact()
    {
        Assert.Equal(
            new Allowance(),
            Ask(
                new Allowance { Requests = 5, InputTokens = 5, OutputTokens = 5, Money = 5, Slots = 5 },
                new Allowance { Requests = 50, Money = 50, Slots = 50 }).Granted);
        Configure(new KeyLimits { RequestsPerMinute = 10, ConcurrentRequests = 3 }, new KeyBudget { Amount = 10 });
        var status = Ask().Status;
        Assert.Equal((10L, 0, 0m), (status.Requests!.Remaining, status.SlotsHeld, status.Budget!.Held));
    }

    [Fact]
    public void Cost_in_another_currency_is_summed_by_itself_and_not_held_against_the_budget()
    {
        Configure(budget: new KeyBudget { Amount = 10 });
        Record(100m, currency: "CNY");
        Assert.Equal(10m, _book.Status(_time.Now).Budget!.Left);
        Assert.Equal(100m, _book.Balance().Spent["CNY"]);
    }

    [Fact]
    public void A_budget_set_later_counts_what_its_period_has_seen_already()
    {
        Record(3m, lease: null);
        Record(5m, lease: null, time: _time.Now.AddDays(-1));
        Configure(budget: new KeyBudget { Amount = 10, Period = BudgetPeriod.Day });
        Assert.Equal(7m, _book.Status(_time.Now).Budget!.Left);
        Configure(budget: new KeyBudget { Amount = 10, Period = BudgetPeriod.Total });
        Assert.Equal(2m, _book.Status(_time.Now).Budget!.Left);
    }

    [Fact]
    public void An_event_belongs_to_the_period_its_request_ended_in_whenever_it_comes()
    {
        Configure(budget: new KeyBudget { Amount = 10, Period = BudgetPeriod.Month });
        _time.Now = new DateTimeOffset(2026, 4, 1, 0, 0, 5, TimeSpan.Zero);
        Record(4m, lease: null, time: new DateTimeOffset(2026, 3, 31, 23, 59, 59, TimeSpan.Zero));
        Assert.Equal(10m, _book.Status(_time.Now).Budget!.Left);
        Record(1m, lease: null);
        Assert.Equal(9m, _book.Status(_time.Now).Budget!.Left);
        Assert.Equal(5m, _book.Balance().Spent["USD"]);
    }

    [Fact]
    public void A_new_period_begins_empty_but_held_money_still_counts()
    {
        _time.Now = new DateTimeOffset(2026, 3, 14, 23, 59, 55, TimeSpan.Zero);
        Configure(budget: new KeyBudget { Amount = 10, Period = BudgetPeriod.Day });
        Ask(new Allowance { Requests = 1, Money = 9 });
        _time.Now = new DateTimeOffset(2026, 3, 15, 0, 0, 0, TimeSpan.Zero);
        Ask();
        Assert.True(Ask(new Allowance { Requests = 1, Money = 2 }).Refusal!.Transient);
        Record(9m);
        Assert.Equal(1m, _book.Status(_time.Now).Budget!.Left);
    }

    [Fact]
    public void A_changed_currency_ends_all_leases()
    {
        Configure(budget: new KeyBudget { Amount = 10 });
        Ask(new Allowance { Requests = 1, Money = 4 });
        Configure(budget: new KeyBudget { Amount = 10, Currency = "EUR" });
        var grant = Ask(back: new Allowance { Money = 4 });
        Assert.True(grant.Opened);
        Assert.Equal((0m, 10m), (grant.Status.Budget!.Held, grant.Status.Budget.Left));
    }

    [Theory]
    [InlineData(BudgetPeriod.Day, "2026-03-29", "2026-03-29", "2026-03-30")]
    [InlineData(BudgetPeriod.Week, "2026-03-29", "2026-03-23", "2026-03-30")]
    [InlineData(BudgetPeriod.Week, "2026-03-30", "2026-03-30", "2026-04-06")]
    [InlineData(BudgetPeriod.Week, "2026-01-01", "2025-12-29", "2026-01-05")]
    [InlineData(BudgetPeriod.Month, "2024-02-29", "2024-02-01", "2024-03-01")]
    [InlineData(BudgetPeriod.Month, "2026-12-31", "2026-12-01", "2027-01-01")]
    [InlineData(BudgetPeriod.Month, "2026-10-25", "2026-10-01", "2026-11-01")]
    public void Periods_follow_the_utc_calendar_over_month_ends_leap_days_and_daylight_saving(BudgetPeriod period, string day, string start, string reset)
    {
        var at = DateOnly.ParseExact(day, "yyyy-MM-dd", null);
        Assert.Equal(DateOnly.ParseExact(start, "yyyy-MM-dd", null), BudgetCalendar.Start(period, at));
        Assert.Equal(new DateTimeOffset(DateOnly.ParseExact(reset, "yyyy-MM-dd", null), TimeOnly.MinValue, TimeSpan.Zero), BudgetCalendar.Reset(period, at));
    }

    [Fact]
    public void A_million_events_sum_exactly()
    {
        var e = BillingRig.Event("r", "key_1", Start, 0.0000123m);
        var rows = new List<UsageRow>();
        for (var i = 0; i < 1_000_000; i++)
        {
            _book.Record(BillingRig.Entry(e));
            UsageRow.Add(rows, UsageRow.Of(e));
        }

        Assert.Equal(12.3m, _book.Balance().Spent["USD"]);
        Assert.Equal(12.3m, rows.Single().Sums.Cost);
        Assert.Equal(10_000_000, rows.Single().Sums.InputTokens);
    }

    [Fact]
    public void Days_that_no_period_reaches_any_more_are_let_go_without_losing_the_total()
    {
        for (var day = 0; day < 400; day++)
            Record(1m, lease: null, time: Start.AddDays(day));
        Assert.Equal(256, _book.State.Days.Count);
        Assert.Equal(400m, _book.Balance().Spent["USD"]);
    }

    [Fact]
    public void An_event_from_a_clock_far_ahead_does_not_empty_the_budgets_period()
    {
        Configure(budget: new KeyBudget { Amount = 10, Period = BudgetPeriod.Month });
        Record(4m, lease: null);
        Record(1m, lease: null, time: Start.AddYears(50));
        Record(2m, lease: null, time: Start.AddYears(-5));
        Assert.Equal(6m, _book.Status(_time.Now).Budget!.Left);
    }
}
