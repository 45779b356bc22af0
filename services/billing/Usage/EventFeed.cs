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

    /// <summary>Whether it is kept: each batch of a key's events costs two calls more.</summary>
    public bool IsKept => options.EventFeed;

    /// <summary>Takes up what is new in the account. Said before a delivery is done, so what is counted is in the feed.</summary>
    public async Task AdvanceAsync(string account)
    {
        var balance = await actors.CreateActorProxy<IAccountActor>(new ActorId(account), ActorTypes.Account).GetBalanceAsync();
        await Part(PartOf(account)).AdvanceAsync(new FeedAdvance { Account = account, Events = balance.Events });
    }

    /// <summary>Events after the cursor, which goes on with each of them: as it stands when one is taken, it is the place behind that one.</summary>
    /// <param name="cursor">Where to begin.</param>
    /// <param name="most">How many at most; each part gets its share of it, so that a busy one holds up no other.</param>
    public async IAsyncEnumerable<UsageEvent> ReadAsync(FeedCursor cursor, int most)
    {
        var share = Math.Max(1, most / Parts);
        var left = most;
        for (var part = 0; part < Parts && left > 0; part++)
        {
            await foreach (var e in ReadAsync(cursor, part, Math.Min(share, left)))
            {
                left--;
                yield return e;
            }
        }
    }

    private async IAsyncEnumerable<UsageEvent> ReadAsync(FeedCursor cursor, int part, int most)
    {
        while (most > 0)
        {
            var (whole, some) = cursor[part];
            var page = await Part(part).ReadAsync(new IndexQuery { After = whole, Limit = Math.Min(RangesAtOnce, most) });
            foreach (var range in page.Ranges)
            {
                var account = actors.CreateActorProxy<IAccountActor>(new ActorId(range.Account), ActorTypes.Account);
                for (var at = range.After + some; at < range.To && most > 0;)
                {
                    var limit = (int)Math.Min(most, range.To - at);
                    var events = (await account.ListEventsAsync(new EventQuery { After = at, Limit = limit })).ReadEvents();
                    if (events.Count == 0)
                    {
                        // They are there no more: what comes behind them must not wait for them.
                        cursor[part] = (whole + 1, 0);
                        break;
                    }

                    foreach (var e in events)
                    {
                        at++;
                        most--;
                        cursor[part] = at == range.To ? (whole + 1, 0) : (whole, at - range.After);
                        yield return e;
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
