using System.Diagnostics;
using Dapr.Actors;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Accounts;

/// <summary>
/// What is older than the account's organisation keeps goes. A reminder comes around once a day while the account has anything; each look takes as many
/// turns as there is to do, small ones, with others in between.
/// </summary>
internal sealed partial class AccountActor
{
    private const string Purge = "purge";

    /// <summary>Of the time it takes, how much others have for each turn of the purge.</summary>
    private const int Courtesy = 4;

    /// <summary>It is set anew now and then, lest it is lost; not each day, for it would then never come.</summary>
    private const int RemindAgainDays = 30;
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromDays(1);

    private Task? _purging;

    public async Task<int?> GetRetentionAsync() => (await BookAsync()).State.Settings.RetentionDays;

    public async Task<bool> PurgeAsync()
    {
        var book = await BookAsync();
        var today = BudgetCalendar.Day(Now);
        var (before, believed) = (book.State.Today, BelievedDay.After(book.State.Today ?? new() { Day = book.State.PurgeSet }, today));
        book.State.Today = believed;
        if (believed.DoubtedSince is not null)
        {
            if (believed != before)
                await CommitAsync(book);
            Log.DayDoubted(Logger, Id.GetId(), today, believed.Day);
            return false;
        }

        var horizon = today.AddDays(-await RetentionAsync(book.State.Settings));
        await Ledger.ForgetAsync();
        var purge = new AccountPurge(book.State, Ledger, keepsEvents: !_isSum, AccountIds.IsGroup(Id.GetId()) ? TakeMembersAsync : null);
        var more = await purge.RunAsync(horizon, today);
        // Before its roll-ups are gone for good: if this fails, all of it is done again.
        foreach (var day in purge.Days)
            await UnindexAsync(day);
        var isEmpty = !more && book.State is { FirstDay: null, MarksFrom: null } state && (_isSum || state.Events == (state.Purged?.Events ?? 0));
        if (isEmpty)
            (book.State.PurgeSet, book.State.Today) = (null, null);
        if (purge.Changed || isEmpty || believed != before)
            await CommitAsync(book);
        await Ledger.ForgetAsync();
        if (isEmpty)
            await UnregisterReminderAsync(Purge);
        return more;
    }

    private async Task UnindexAsync(DateOnly day)
    {
        var id = Id.GetId();
        if (id != AccountIds.NoOrganization)
            await Index(day).RemoveAsync(id);
        if (AccountIds.IsGroup(id))
            await Index(day, UsageIndexActor.Groups).RemoveAsync(id);
    }

    private async Task<bool> TakeMembersAsync(DateOnly day) => !await Index(day, Id.GetId()).ClearAsync();

    private void RemindOfPurge(AccountBook book)
    {
        var today = BudgetCalendar.Day(Now);
        book.State.Today ??= new() { Day = book.State.PurgeSet ?? today };
        if (book.State.PurgeSet is { } set && set <= today && set.AddDays(RemindAgainDays) > today)
            return;
        book.State.PurgeSet = today;
        _ = RemindAsync(Purge, PurgeEvery, () => book.State.PurgeSet = null);
    }

    private async Task<int> RetentionAsync(AccountSettings settings) => settings.RetentionDays
        ?? (settings.Groups?.FirstOrDefault(AccountIds.IsOrganization) is { } organization ? await Account(organization).GetRetentionAsync() : null)
        ?? options.RetentionDays;

    /// <summary>Beside the turns, each of which it asks for as others do.</summary>
    private async Task PurgeAllAsync()
    {
        try
        {
            var self = Account(Id.GetId());
            for (var started = Stopwatch.GetTimestamp(); await self.PurgeAsync(); started = Stopwatch.GetTimestamp())
                await Task.Delay(Courtesy * Stopwatch.GetElapsedTime(started));
        }
        catch (Exception e)
        {
            // The reminder comes again.
            Log.NotPurged(Logger, Id.GetId(), e.Message);
        }

        _purging = null;
    }

    private IAccountActor Account(string id) => ProxyFactory.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    private IUsageIndexActor Index(DateOnly day, string? group = null) =>
        ProxyFactory.CreateActorProxy<IUsageIndexActor>(UsageIndexActor.IdOf(day, group), ActorTypes.UsageIndex);
}
