using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// Rules: a request needs a place in the account of each that is for it, as in those of its key. Which provider serves it nobody knows before it has
/// answered, so it has a place at the one that is asked, and changes it with the route.
/// </summary>
internal sealed partial class QuotaGate
{
    /// <summary>
    /// Takes a place at the provider of a route and gives back the one it had; false where there is none: the route is not to be tried. At once for the route
    /// that the request was admitted to, and where no rule counts by provider.
    /// </summary>
    public async ValueTask<bool> TryMoveAsync(Admission admission, ModelRoute route)
    {
        if (admission.Providers is not { } providers || admission.IsAt(route))
            return true;
        var asked = await LeasesAtAsync(providers, route, CancellationToken.None);
        var place = new Admission(leases.LeaseId) { Asked = asked };
        if (await TakeAllAsync(place, asked, providers.NeedAt(route), asked.Length, CancellationToken.None) is not null)
            return false;
        admission.MoveTo(route, place);
        return true;
    }

    private async ValueTask<Admission?> AdmitByRulesAsync(
        KeyRecord key, RequestNeed need, ModelEntry model, RequestOrigin? origin, HttpResponse response, ResponseWatch? watch,
        CancellationToken cancellationToken)
    {
        var asked = TryFindLeases(key, model, origin) ?? await FindLeasesAsync(key, model, origin, cancellationToken);
        var providers = ProviderRules.Of(key.Rules!, need);
        if (asked.Length == 0 && providers is null)
            return null;
        var asking = new Asking(key, asked, need, response) { Providers = providers, Watch = watch };
        return await AskAsync(asking, new Admission(leases.LeaseId) { Asked = asked }, cancellationToken);
    }

    /// <summary>The first route whose provider has a place; those before it are left out. Where none has, why not the first, and no place anywhere.</summary>
    private async ValueTask<Refusal?> ChooseProviderAsync(Admission admission, Asking asking, AccountQueue? turn, CancellationToken cancellationToken)
    {
        var providers = asking.Providers!;
        Refusal? first = null;
        var routes = admission.Routes;
        try
        {
            for (var i = 0; i < routes.Count; i++)
            {
                var asked = await LeasesAtAsync(providers, routes[i], cancellationToken);
                var place = new Admission(leases.LeaseId) { Asked = asked };
                var firstBehind = asking.Overtakes ? asked.Length : turn is null ? 0 : Array.IndexOf(asked, turn.Lease) + 1;
                if (await TakeAllAsync(place, asked, providers.NeedAt(routes[i]), firstBehind, cancellationToken) is { } refusal)
                {
                    first ??= refusal;
                    continue;
                }

                admission.Providers = providers;
                admission.MoveTo(routes[i], place);
                admission.Routes = i == 0 ? routes : [.. routes.Skip(i)];
                return null;
            }
        }
        catch
        {
            admission.Withdraw();
            throw;
        }

        admission.Withdraw();
        return first;
    }

    /// <summary>The leases of the key's accounts and of the rules for the request; null where billing has to be asked which account a value has.</summary>
    private AccountLease[]? TryFindLeases(KeyRecord key, ModelEntry model, RequestOrigin? origin)
    {
        var own = LeasesOf(key);
        List<AccountLease>? more = null;
        for (var i = 0; i < key.Rules!.Count; i++)
        {
            if (RuleMatch.ValueOf(key.Rules[i], key, model, origin) is not { } value)
                continue;
            if (accounts.TryFind(key.Rules[i], value) is not { } lease)
                return null;
            (more ??= []).Add(lease);
        }

        return more is null ? own : [.. own, .. more];
    }

    private async ValueTask<AccountLease[]> FindLeasesAsync(
        KeyRecord key, ModelEntry model, RequestOrigin? origin, CancellationToken cancellationToken)
    {
        var all = new List<AccountLease>(LeasesOf(key));
        foreach (var rule in key.Rules!)
        {
            if (RuleMatch.ValueOf(rule, key, model, origin) is { } value)
                all.Add(await FindLeaseAsync(rule, value, cancellationToken));
        }

        return [.. all];
    }

    private async ValueTask<AccountLease[]> LeasesAtAsync(ProviderRules providers, ModelRoute route, CancellationToken cancellationToken)
    {
        var all = new List<AccountLease>();
        foreach (var rule in providers.For(route))
            all.Add(await FindLeaseAsync(rule, route.Entry.Provider, cancellationToken));
        return [.. all];
    }

    /// <summary>Where billing cannot be reached it is the account of the further values, which then says so, or lets pass what may pass without one.</summary>
    private async ValueTask<AccountLease> FindLeaseAsync(RuleRecord rule, string value, CancellationToken cancellationToken)
    {
        if (accounts.TryFind(rule, value) is { } known)
            return known;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_longestWait);
        try
        {
            return await accounts.FindAsync(rule, value, limit.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.QuotaUnavailable(log, rule.Id, e);
            return accounts.Further(rule);
        }
    }
}
