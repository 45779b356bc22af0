using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.Billing.Usage;

/// <summary>
/// All events of all keys, for readers that keep their place. In parts, so that no single actor has to hear of every event; the order holds within a key.
/// </summary>
internal sealed class EventFeed([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, AccountOptions options)
{
    public const int Parts = 8;

    /// <summary>Ranges that are read ahead, so that their events are read in few calls.</summary>
    private const int RangesAtOnce = 64;
    private const int NoticesAtOnce = 100;

    /// <summary>Whether it is kept: each batch of a key's events costs two calls more.</summary>
    public bool IsKept => options.EventFeed;

    /// <summary>Takes up what is new in the account. Said before a delivery is done, so what is counted is in the feed.</summary>
    public async Task AdvanceAsync(string account)
    {
        var balance = await actors.CreateActorProxy<IAccountActor>(new ActorId(account), ActorTypes.Account).GetBalanceAsync();
        await Part(PartOf(account)).AdvanceAsync(new FeedAdvance { Account = account, Events = balance.Events });
    }

    /// <summary>Takes up an event that is not of usage. Said before it is published, so that none is left out; once, however often it is said.</summary>
    public Task KeepAsync(Notice notice) => IsKept ? Notices.AddAsync(notice) : Task.CompletedTask;

    /// <summary>The place behind what came before this time: of usage, before its day. <see cref="DateTimeOffset.MaxValue"/>: behind all there is.</summary>
    public async Task<FeedCursor> PlaceOfAsync(DateTimeOffset time)
    {
        var cursor = new FeedCursor { Notices = await Notices.FindAsync(time) };
        for (var part = 0; part < Parts; part++)
            cursor[part] = (await Part(part).FindAsync(BudgetCalendar.Day(time)), 0);
        return cursor;
    }

    /// <summary>Events of every kind that is wanted, as <see cref="ReadAsync(FeedCursor, int)"/>; the same ones from the same place.</summary>
    /// <param name="cursor">Where to begin.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="until">Where to end; null: nowhere.</param>
    /// <param name="usage">Whether those of usage are wanted.</param>
    /// <param name="notices">Whether the others are.</param>
    public async IAsyncEnumerable<FeedEvent> ReadAllAsync(FeedCursor cursor, int most, FeedCursor? until, bool usage, bool notices)
    {
        // Not always the same part first: whoever takes only some of it would come to the others late.
        var first = cursor.Turn;
        for (var i = 0; i <= Parts; i++)
        {
            var part = (int)((first + i) % (Parts + 1));
            if (part == Parts && notices)
            {
                await foreach (var notice in ReadNoticesAsync(cursor, Share(most), until))
                    yield return new(null, notice);
            }
            else if (part < Parts && usage)
            {
                await foreach (var e in ReadAsync(cursor, part, Share(most), until))
                    yield return new(e, null);
            }
        }
    }

    public async IAsyncEnumerable<Notice> ReadNoticesAsync(FeedCursor cursor, int most, FeedCursor? until = null)
    {
        while (most > 0 && !cursor.HasReached(until, Parts))
        {
            var page = await Notices.ReadAsync(new IndexQuery { After = cursor.Notices, Limit = Math.Min(most, NoticesAtOnce) });
            cursor.Notices = Math.Max(cursor.Notices, page.After);
            foreach (var notice in page.Notices)
            {
                if (cursor.HasReached(until, Parts))
                    yield break;
                cursor.Notices++;
                most--;
                yield return notice;
            }

            if (page.Notices.Count == 0)
                yield break;
        }
    }

    /// <summary>Events after the cursor, which goes on with each of them: as it stands when one is taken, it is the place behind that one.</summary>
    /// <param name="cursor">Where to begin.</param>
    /// <param name="most">How many at most; each part gets its share of it, so that a busy one holds up no other.</param>
    public async IAsyncEnumerable<UsageEvent> ReadAsync(FeedCursor cursor, int most)
    {
        var share = Share(most);
        var left = most;
        for (var part = 0; part < Parts && left > 0; part++)
        {
            await foreach (var e in ReadAsync(cursor, part, Math.Min(share, left), until: null))
            {
                left--;
                yield return e;
            }
        }
    }

    private async IAsyncEnumerable<UsageEvent> ReadAsync(FeedCursor cursor, int part, int most, FeedCursor? until)
    {
        while (most > 0 && !cursor.HasReached(until, part))
        {
            var (whole, some) = cursor[part];
            var page = await Part(part).ReadAsync(new IndexQuery { After = whole, Limit = Math.Min(RangesAtOnce, most) });
            if (page.After > whole)
                (whole, some) = cursor[part] = (page.After, 0);
            foreach (var range in page.Ranges)
            {
                var account = actors.CreateActorProxy<IAccountActor>(new ActorId(range.Account), ActorTypes.Account);
                for (var at = range.After + some; at < range.To && most > 0;)
                {
                    if (cursor.HasReached(until, part))
                        yield break;
                    var limit = (int)Math.Min(most, range.To - at);
                    var found = await account.ListEventsAsync(new EventQuery { After = at, Limit = limit });
                    var events = found.ReadEvents();
                    at = Math.Max(at, found.After);
                    if (events.Count == 0 || at >= range.To)
                    {
                        // They are there no more: what comes behind them must not wait for them.
                        cursor[part] = (whole + 1, 0);
                        break;
                    }

                    foreach (var e in events.TakeWhile(_ => at < range.To))
                    {
                        at++;
                        most--;
                        cursor[part] = at == range.To ? (whole + 1, 0) : (whole, at - range.After);
                        yield return e;
                        if (cursor.HasReached(until, part))
                            yield break;
                    }
                }

                (whole, some) = cursor[part];
                if (most == 0)
                    yield break;
            }

            if (page.Ranges.Count == 0)
                yield break;
        }
    }

    private static int Share(int most) => Math.Max(1, most / Parts);

    private INoticesActor Notices => actors.CreateActorProxy<INoticesActor>(NoticesActor.ActorId, ActorTypes.Notices);

    private IEventFeedActor Part(int part) =>
        actors.CreateActorProxy<IEventFeedActor>(new ActorId(part.ToString(CultureInfo.InvariantCulture)), ActorTypes.EventFeed);

    /// <summary>The same on every replica, today and later: FNV-1a of the id.</summary>
    private static int PartOf(string account)
    {
        var hash = 2166136261u;
        foreach (var character in account)
            hash = unchecked((hash ^ character) * 16777619u);
        return (int)(hash % Parts);
    }
}
