using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Contracts;

public class CostCalculatorTests
{
    private static readonly Price Price = new()
    {
        Currency = "USD",
        PerMillion = new PerMillion { Input = 3, Output = 15, CacheRead = 0.3m, CacheWrite5m = 3.75m, CacheWrite1h = 6 },
        LongContext = new LongContext
        {
            AboveInputTokens = 200_000,
            PerMillion = new PerMillion { Input = 6, Output = 22.5m, CacheRead = 0.6m, CacheWrite5m = 7.5m, CacheWrite1h = 12 },
        },
        PerRequest = new PerRequest { WebSearch = 0.01m },
        Factors = new Dictionary<string, decimal> { ["batch"] = 0.5m, ["fast"] = 6 },
    };

    [Fact]
    public void Rule_F2_one_hour_writes_cost_more_than_five_minute_ones()
    {
        Assert.Equal(3904 * 6m / 1_000_000, Of(new TokenUsage { CacheCreationInputTokens = 3904, CacheWrite1hTokens = 3904, CacheWrite5mTokens = 0 }));
        Assert.Equal(3904 * 3.75m / 1_000_000, Of(new TokenUsage { CacheCreationInputTokens = 3904 }));
        Assert.Equal(((1000 * 6m) + (2904 * 3.75m)) / 1_000_000, Of(new TokenUsage { CacheCreationInputTokens = 3904, CacheWrite1hTokens = 1000 }));
    }

    [Fact]
    public void Rule_F2_writes_of_unknown_lifetime_are_flagged_and_a_split_alone_counts_as_well()
    {
        Assert.True(CostCalculator.Of(new TokenUsage { CacheCreationInputTokens = 3904 }, Price)!.AssumedCacheLifetime);
        Assert.Null(CostCalculator.Of(new TokenUsage { CacheCreationInputTokens = 3904, CacheWrite5mTokens = 3904 }, Price)!.AssumedCacheLifetime);
        Assert.Null(CostCalculator.Of(new TokenUsage { InputTokens = 10 }, Price)!.AssumedCacheLifetime);
        Assert.Equal(((1000 * 6m) + (10 * 3.75m)) / 1_000_000, Of(new TokenUsage { CacheWrite1hTokens = 1000, CacheWrite5mTokens = 10 }));
    }

    [Fact]
    public void Rule_F11_a_compaction_is_charged_as_a_line_of_its_own_and_another_model_makes_the_cost_unknown()
    {
        var compaction = new UsageIteration { Type = "compaction", Usage = new TokenUsage { InputTokens = 180_000, OutputTokens = 3_500 } };
        var message = new UsageIteration { Type = "message", Usage = new TokenUsage { InputTokens = 23_000, OutputTokens = 1_000 } };
        var usage = new TokenUsage { InputTokens = 23_000, OutputTokens = 1_000, Iterations = [compaction, message] };
        // Neither of the two passes is above the long-context threshold, so their sum is not either.
        Assert.Equal(((203_000 * 3m) + (4_500 * 15m)) / 1_000_000, Of(usage));
        Assert.Null(Of(usage with { Iterations = [compaction with { Type = "advisor_message", Model = "other" }] }));
        var sums = new UsageSums();
        sums.Add(Billing.BillingRig.Event("r", "k") with { Usage = usage });
        Assert.Equal((203_000, 4_500), (sums.InputTokens, sums.OutputTokens));
    }

    [Theory]
    [InlineData(32_000, 1)]
    [InlineData(32_001, 2)]
    [InlineData(128_000, 2)]
    [InlineData(128_001, 3)]
    public void A_price_may_have_several_steps_and_the_last_one_passed_is_that_of_the_whole_request(long input, int rate)
    {
        static LongContext Step(long above, decimal rate, LongContext? longer) =>
            new() { AboveInputTokens = above, PerMillion = new PerMillion { Input = rate, Output = 0 }, Longer = longer };

        var price = new Price
        {
            Currency = "USD",
            PerMillion = new PerMillion { Input = 1, Output = 0 },
            LongContext = Step(32_000, 2, Step(128_000, 3, null)),
        };
        Assert.Equal(input * rate / 1_000_000m, CostCalculator.Of(new TokenUsage { InputTokens = input }, price)!.Amount);
        Assert.Equal(input * rate * 2 / 1_000_000m, CostCalculator.Of(new TokenUsage { InputTokens = input }, price.Times(2))!.Amount);
        Assert.Contains("longContext.longContext.perMillion.cacheRead", PriceGaps.Of(price));
    }

    [Fact]
    public void Rule_F3_cached_tokens_are_charged_once() =>
        Assert.Equal(((600 * 3m) + (400 * 0.3m)) / 1_000_000, Of(new TokenUsage { InputTokens = 600, CacheReadInputTokens = 400 }));

    [Fact]
    public void Rule_F10_server_tools_are_charged_by_the_use() =>
        Assert.Equal(0.02m + (10 * 15m / 1_000_000), Of(new TokenUsage { OutputTokens = 10, WebSearchRequests = 2 }));

    [Theory]
    [InlineData("batch", null, 0.5)]
    [InlineData("standard", "standard", 1)]
    [InlineData("batch", "fast", 3)]
    public void Rule_F12_tier_and_speed_are_factors_of_what_was_answered(string tier, string? speed, double factor) =>
        Assert.Equal(100 * 15m / 1_000_000 * (decimal)factor, Of(new TokenUsage { OutputTokens = 100, ServiceTier = tier, Speed = speed }));

    [Fact]
    public void Long_context_rates_apply_to_the_whole_request_above_the_threshold()
    {
        Assert.Equal(200_000 * 3m / 1_000_000, Of(new TokenUsage { InputTokens = 200_000 }));
        Assert.Equal(
            ((200_000 * 6m) + (1 * 0.6m) + (10 * 22.5m)) / 1_000_000,
            Of(new TokenUsage { InputTokens = 200_000, CacheReadInputTokens = 1, OutputTokens = 10 }));
    }

    [Fact]
    public void Rule_F4_what_has_no_price_makes_the_cost_unknown_and_never_zero()
    {
        Assert.Null(CostCalculator.Of(new TokenUsage { OutputTokens = 1 }, null));
        // A price without factors, or with discounts only, says nothing of what costs more.
        Assert.Null(CostCalculator.Of(new TokenUsage { OutputTokens = 1, ServiceTier = "priority" }, Price with { Factors = null }));
        Assert.Null(CostCalculator.Of(
            new TokenUsage { OutputTokens = 1, InferenceGeo = "eu" }, Price with { Factors = new Dictionary<string, decimal> { ["batch"] = 0.5m } }));
        Assert.Null(CostCalculator.Of(new TokenUsage { CacheReadInputTokens = 1 }, Price with { PerMillion = new PerMillion { Output = 1 } }));
        Assert.Null(CostCalculator.Of(new TokenUsage { WebSearchRequests = 1 }, Price with { PerRequest = null }));
        Assert.Equal(0m, Of(new TokenUsage()));
    }

    [Fact]
    public void What_a_price_lacks_is_taken_from_the_dearest_it_has_and_said()
    {
        var plain = Price with { PerMillion = new PerMillion { Input = 3, Output = 15 } };
        var cached = CostCalculator.Of(
            new TokenUsage
            {
                InputTokens = 1,
                CacheReadInputTokens = 10,
                CacheCreationInputTokens = 100,
                CacheWrite1hTokens = 40,
                CacheWrite5mTokens = 60,
            },
            plain)!;
        Assert.Equal(111 * 3m / 1_000_000, cached.Amount);
        Assert.Equal(["cache_read", "cache_write_1h", "cache_write_5m"], cached.Assumed!);
        var fast = CostCalculator.Of(new TokenUsage { OutputTokens = 100, ServiceTier = "turbo" }, Price)!;
        Assert.Equal((100 * 15m / 1_000_000 * 6, "factor:turbo"), (fast.Amount, Assert.Single(fast.Assumed!)));
        Assert.Null(CostCalculator.Of(new TokenUsage { InputTokens = 1, ServiceTier = "default" }, Price)!.Assumed);
    }

    private static decimal? Of(TokenUsage usage) => CostCalculator.Of(usage, Price)?.Amount;
}
