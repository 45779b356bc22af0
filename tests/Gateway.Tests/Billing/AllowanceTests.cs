using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>A kind of limit that one of these types does not know, or one operation leaves out, is found here.</summary>
public class AllowanceTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static readonly PropertyInfo[] Amounts = [.. typeof(Allowance).GetProperties().Where(p => p.GetIndexParameters().Length == 0)];

    public static TheoryData<QuotaDimension> Rates => [.. QuotaDimensions.Rates];

    /// <summary>Another number in each of them.</summary>
    private static Allowance Made(int seed)
    {
        object amount = default(Allowance);
        foreach (var (property, i) in Amounts.Select((p, i) => (p, i)))
            property.SetValue(amount, Convert.ChangeType((seed * (i + 3) % 17) - 4, property.PropertyType, CultureInfo.InvariantCulture));
        return (Allowance)amount;
    }

    private static decimal Amount(PropertyInfo of, Allowance amount) => Convert.ToDecimal(of.GetValue(amount), CultureInfo.InvariantCulture);

    [Fact]
    public void Each_operation_goes_over_every_amount()
    {
        for (var seed = 1; seed < 40; seed++)
        {
            var (a, b) = (Made(seed), Made(seed * 7));
            foreach (var of in Amounts)
            {
                var (x, y) = (Amount(of, a), Amount(of, b));
                Assert.Equal(x + y, Amount(of, a + b));
                Assert.Equal(x - y, Amount(of, a - b));
                Assert.Equal(32 * x, Amount(of, 32 * a));
                Assert.Equal(Math.Min(x, y), Amount(of, Allowance.Min(a, b)));
                Assert.Equal(Math.Max(x, y), Amount(of, Allowance.Max(a, b)));
                Assert.Equal(y == 0 ? 0 : x, Amount(of, a.Limited(b)));
            }

            Assert.Equal(Amounts.All(of => Amount(of, a) >= Amount(of, b)), a.Covers(b));
            Assert.True((a + new Allowance()).Covers(a));
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Each_rate_has_a_setting_a_bucket_a_status_and_an_amount_of_its_own(QuotaDimension rate)
    {
        var limits = JsonSerializer.Deserialize<KeyLimits>($$"""{"{{rate.LimitName()}}":7}""", JsonSerializerOptions.Web)!;
        var state = new AccountState();
        var book = new AccountBook("key", state, new AccountOptions());
        book.Configure(new AccountSettings { Limits = limits }, Now);
        var need = Allowance.Of(r => r == rate ? 5 : 0);
        var grant = book.Lease(new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = need, Want = 100 * need }, Now);
        var refusal = book.Lease(new LeaseRequest { LeaseId = "i2", Sequence = 1, Need = need }, Now).Refusal!;

        Assert.Equal((rate, 7m, 5m), (refusal.Dimension, refusal.Limit, refusal.Needed));
        Assert.Equal(need, grant.Granted);
        Assert.Equal(Allowance.Of(r => IsLimited(r) ? 7 : 0), grant.Status.Ceiling);
        foreach (var other in QuotaDimensions.Rates)
        {
            Assert.Equal(other == rate, limits[other] == 7);
            Assert.Equal(IsLimited(other), state[other] is not null);
            Assert.Equal(IsLimited(other), grant.Status[other]?.Limit == 7);
        }

        // Where nothing is said of them, as many token counts as requests, beside them.
        bool IsLimited(QuotaDimension other) => other == rate || (rate == QuotaDimension.Requests && other == QuotaDimension.TokenCounts);

        Assert.Equal(rate.Name(), (string)JsonNode.Parse(JsonSerializer.Serialize(refusal, JsonSerializerOptions.Web))!["dimension"]!);
    }

    [Fact]
    public void What_is_no_rate_is_not_taken_for_one()
    {
        foreach (var dimension in QuotaDimensions.All.Except(QuotaDimensions.Rates))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new Allowance()[dimension]);
            Assert.Throws<ArgumentOutOfRangeException>(() => new KeyLimits()[dimension]);
            Assert.Throws<ArgumentOutOfRangeException>(() => new AccountStatus()[dimension]);
            Assert.Throws<ArgumentOutOfRangeException>(() => new AccountState()[dimension]);
        }
    }
}
