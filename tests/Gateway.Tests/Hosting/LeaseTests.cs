using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Ingress;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Hosting;

/// <summary>One account, the holders of which are services of any kind.</summary>
public sealed class LeaseTests : IDisposable
{
    private const string Account = "provider:p";
    private static readonly Allowance One = new() { Slots = 1 };
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryAccounts _accounts;
    private readonly List<AccountLeases> _leases = [];
    private readonly LeaseCounters _counters = new();
    private int _places = 8;

    public LeaseTests() => _accounts = new MemoryAccounts(_ => new() { Limits = new KeyLimits { ConcurrentRequests = _places } }, _time);

    [Fact]
    public async Task Places_taken_without_leave_are_told_to_the_account_with_the_next_call()
    {
        _places = 3;
        var (one, other) = (Holder(), Holder());
        var unasked = one.TakeUnasked(2);
        await one.TakeAsync(One, default);
        Assert.Equal(3, _accounts.Of(Account).Status.SlotsHeld);
        await Assert.ThrowsAsync<QuotaRefusedException>(async () => await other.TakeAsync(One, default));
        one.GiveBack(unasked, default);
        await MaintainAsync(TimeSpan.FromSeconds(6));
        await other.TakeAsync(One, default);
    }

    [Fact]
    public async Task An_account_that_has_nothing_to_add_is_not_asked_at_every_request()
    {
        _places = 1;
        var lease = Holder();
        for (var i = 0; i < 50; i++)
        {
            var taken = await lease.TakeAsync(One, default);
            await Task.Delay(1);
            lease.GiveBack(taken, default);
        }

        Assert.InRange(_counters.Calls, 1, 3);
        // It is asked again later: it may have more by then.
        _time.Advance(TimeSpan.FromMilliseconds(300));
        var calls = _counters.Calls;
        await lease.TakeAsync(One, default);
        await QueueWorld.UntilAsync(() => _counters.Calls > calls);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(null, false)]
    public async Task A_busy_holder_that_checks_in_gives_what_it_has_free_to_others_who_wait(int? checkIn, bool soon)
    {
        _places = 64;
        var (busy, other) = (Holder(checkIn), Holder());
        await BusyAsync();
        var held = _accounts.Of(Account).Status.SlotsHeld;
        Assert.InRange(held, 10, 64);
        for (var i = held; i < 64; i++)
            await other.TakeAsync(One, default);
        await Assert.ThrowsAsync<QuotaRefusedException>(async () => await other.TakeAsync(One, default));
        for (var i = 0; i < 4; i++)
        {
            await MaintainAsync(TimeSpan.FromMilliseconds(500));
            await BusyAsync();
        }

        if (soon)
            await other.TakeAsync(One, default);
        else
            await Assert.ThrowsAsync<QuotaRefusedException>(async () => await other.TakeAsync(One, default));

        async Task BusyAsync() => busy.GiveBack(await busy.TakeAsync(One, default), default);
    }

    public void Dispose()
    {
        _leases.ForEach(static l => l.Dispose());
        _counters.Dispose();
    }

    private AccountLease Holder(int? checkIn = null)
    {
        var leases = new AccountLeases("test", _accounts, _counters, _time, NullLogger<AccountLeases>.Instance);
        _leases.Add(leases);
        return leases.For(Account, "provider p", checkIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    private async Task MaintainAsync(TimeSpan after)
    {
        _time.Advance(after);
        foreach (var leases in _leases)
            await leases.MaintainAllAsync(default).WaitAsync(TestGateway.Timeout);
    }
}
