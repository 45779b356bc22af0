using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Billing.Keys;

/// <summary>The budgets of all keys, users, teams, organisations and rules, held against the currencies of a catalog's prices.</summary>
internal sealed class Budgets([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors) : IBudgetCheck
{
    private const int PageSize = 500;

    /// <summary>Of mistakes that are named one by one: a currency that goes may be that of ten thousand keys.</summary>
    private const int MostNamed = 20;

    public async Task<IReadOnlyList<string>> FindMistakesAsync(ModelCatalog inForce, ModelCatalog changed)
    {
        var mistakes = new List<string>();
        var more = 0;
        await foreach (var budget in AllAsync())
        {
            // What is refused already is no reason to keep a catalog.
            if (budget.MistakeIn(changed) is not { } mistake || budget.MistakeIn(inForce) is not null)
                continue;
            if (mistakes.Count < MostNamed)
                mistakes.Add($"the strict budget of {budget.Account}: {mistake}");
            else
                more++;
        }

        if (more > 0)
            mistakes.Add($"and {more} more budgets");
        return mistakes;
    }

    /// <summary>Of all that can still be used.</summary>
    public async IAsyncEnumerable<AccountBudget> AllAsync()
    {
        var directory = KeyEndpoints.Directory(actors);
        var access = new AccessGroupBook { Groups = (await directory.ListAccessGroupsAsync(new ListQuery { Limit = PageSize })).Groups }.ToRecord();
        for (string? after = null; ;)
        {
            var page = await directory.ListKeysAsync(new ListQuery { After = after, Limit = PageSize });
            foreach (var key in page.Keys.Where(key => key is { RevokedAt: null, Budget: not null }))
                yield return new AccountBudget(key.Id, key.Models is null ? null : [.. access.Open(key.Models)], key.Budget!);
            if ((after = page.Next) is null)
                break;
        }

        for (string? after = null; ;)
        {
            var page = await directory.ListRulesAsync(new ListQuery { After = after, Limit = PageSize });
            foreach (var rule in page.Rules.Where(rule => rule.Budget is not null))
                yield return new AccountBudget(rule.Id, KeyDirectoryActor.ModelsOf(rule.By, rule.Value, access)?.ToList(), rule.Budget!);
            if ((after = page.Next) is null)
                break;
        }

        for (string? after = null; ;)
        {
            var page = await directory.ListUsersAsync(new ListQuery { After = after, Limit = PageSize });
            foreach (var user in page.Users.Where(user => user is { DeletedAt: null, Budget: not null }))
                yield return new AccountBudget(user.Id, user.Models, user.Budget!);
            if ((after = page.Next) is null)
                break;
        }

        foreach (var organizations in new[] { false, true })
        {
            for (string? after = null; ;)
            {
                var page = await directory.ListGroupsAsync(new ListQuery { After = after, Limit = PageSize, Organizations = organizations });
                foreach (var group in page.Groups.Where(group => group is { DeletedAt: null, Budget: not null }))
                    yield return new AccountBudget(group.Id, group.Models is null ? null : [.. access.Open(group.Models)], group.Budget!);
                if ((after = page.Next) is null)
                    break;
            }
        }
    }
}
