using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Quota;
using Gateway.Tests.Billing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

public class RuleAccountsTests
{
    [Fact]
    public async Task More_values_than_are_remembered_share_an_account_and_fill_no_memory()
    {
        var memory = new MemoryAccounts(_ => new AccountSettings(), new ManualTime(DateTimeOffset.UnixEpoch));
        using var counters = new LeaseCounters();
        using var leases = new AccountLeases(AppIds.Ingress, memory, counters, TimeProvider.System, NullLogger<AccountLeases>.Instance);
        var accounts = new RuleAccounts(memory, leases, TimeProvider.System, most: 2);
        var rule = new RuleRecord { Id = "rule:r", CreatedAt = DateTimeOffset.UnixEpoch, By = "tag:project" };
        Assert.Null(accounts.TryFind(rule, "one"));
        var one = await accounts.FindAsync(rule, "one", default);
        var two = await accounts.FindAsync(rule, "two", default);
        Assert.Equal(("tag project=one", AccountIds.OfValue(rule.Id, "two")), (one.Who, two.AccountId));

        var further = Enumerable.Range(0, 1000).Select(i => accounts.TryFind(rule, $"made up {i}")).Distinct().ToList();
        Assert.Equal((AccountIds.OfFurtherValues(rule.Id), "the further values of tag project"), (further.Single()!.AccountId, further[0]!.Who));
        Assert.Same(one, accounts.TryFind(rule, "one"));
        // What fills one rule is nothing to another.
        Assert.Null(accounts.TryFind(rule with { Id = "rule:other" }, "one"));
    }
}
