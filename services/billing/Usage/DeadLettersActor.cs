using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Gateway.Billing.Admin;

namespace Gateway.Billing.Usage;

/// <summary>State keys: the list <c>letters</c>; <c>letter:{id}</c>, gone once replayed or discarded; <c>has:{id}</c>, that the list has it.</summary>
internal sealed class DeadLettersActor(ActorHost host, SidecarStarts starts) : PlacedActor(host, starts), IDeadLettersActor
{
    private const int Look = 200;

    public static ActorId ActorId { get; } = new("usage");

    private PagedList Letters => new(StateManager, "letters");

    public async Task AddAsync(DeadLetter letter)
    {
        if (await StateManager.TryAddStateAsync(StateKey.Of("has:", letter.Id), true))
            await Letters.AppendAsync(letter.Id);
        await StateManager.SetStateAsync(StateKey.Of("letter:", letter.Id), letter);
    }

    public async Task<DeadLetterList> ListAsync(IndexQuery query)
    {
        var after = query.After;
        var found = new List<DeadLetter>();
        while (found.Count < query.Limit)
        {
            var ids = await Letters.ReadAsync(after, Math.Min(Look, query.Limit - found.Count));
            if (ids.Count == 0)
                break;
            foreach (var id in ids)
            {
                var letter = await StateManager.TryGetStateAsync<DeadLetter>(StateKey.Of("letter:", id));
                if (letter.HasValue)
                    found.Add(letter.Value);
            }

            after += ids.Count;
        }

        var more = after < await Letters.CountAsync();
        await StateManager.ClearCacheAsync();
        return new() { Data = found, HasMore = more, NextAfter = more ? after.ToString(CultureInfo.InvariantCulture) : null };
    }

    public async Task<DeadLetterList> FindAsync(string id)
    {
        var letter = await StateManager.TryGetStateAsync<DeadLetter>(StateKey.Of("letter:", id));
        return new() { Data = letter.HasValue ? [letter.Value] : [], HasMore = false };
    }

    public async Task ExplainAsync(DeadLetter letter)
    {
        if (await StateManager.ContainsStateAsync(StateKey.Of("letter:", letter.Id)))
            await StateManager.SetStateAsync(StateKey.Of("letter:", letter.Id), letter);
    }

    public Task RemoveAsync(string id) => StateManager.TryRemoveStateAsync(StateKey.Of("letter:", id));
}
