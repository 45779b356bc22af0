using System.Globalization;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// Admits a request in all accounts of its key (the key's own, its team's, its organisation's) or in none. In steady state that is a few
/// subtractions under a lock.
/// </summary>
internal sealed class QuotaGate(
    AccountLeases leases, LeaseCounters counters, IngressOptions options, IConfiguration configuration, TimeProvider time, ILogger<QuotaGate> log)
{
    private readonly TimeSpan _longestWait = Settings.Read<ServiceSettings>(configuration).ActorWait;

    /// <summary>Null when nothing limits the key.</summary>
    /// <param name="comingBytes">
    /// Of a request that is still to come: how long its body will probably be, where <paramref name="bodyBytes"/> is the most. It runs in the place
    /// of the one that will wait for it. Null for any other.
    /// </param>
    public ValueTask<Admission?> AdmitAsync(
        KeyRecord key,
        RequestEnvelope envelope,
        int bodyBytes,
        ModelEntry model,
        IReadOnlyList<ModelRoute> routes,
        HttpResponse response,
        CancellationToken cancellationToken,
        int? comingBytes = null)
    {
        if (IsUnlimited(key))
            return default;
        var need = new RequestNeed(envelope, bodyBytes, model, routes, comingBytes);
        var admission = new Admission(leases.LeaseId) { Routes = routes };
        var asked = LeasesOf(key);
        foreach (var lease in asked)
        {
            if (lease.Status is not { } status || !need.IsBounded(status.Budget) || lease.TryTake(need.For(status.Budget)) is not { } taken)
                return AskAsync(key, admission, asked, need, response, cancellationToken);
            admission.Add(lease, taken);
        }

        RateLimitHeaders.Put(response, asked);
        BudgetHeaders.PutOnSuccess(response, asked);
        return new(admission);
    }

    /// <summary>Admits a call that counts tokens: it takes one of those, and nothing else (rules F14, E153).</summary>
    public async ValueTask AdmitCountAsync(KeyRecord key, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!IsUnlimited(key))
            (await AskAsync(key, new Admission(leases.LeaseId), LeasesOf(key), null, response, cancellationToken))?.Abandon();
    }

    private static bool IsUnlimited(KeyRecord key) => key is { Limits: null, Budget: null, Accounts: null or { Count: 1 } };

    private AccountLease[] LeasesOf(KeyRecord key)
    {
        if (key.Accounts is not { } accounts)
            return [leases.For(key.Id)];
        // A key without limits of its own counts in its groups only.
        var unlimited = key.Limits is null && key.Budget is null;
        var asked = new AccountLease[accounts.Count - (unlimited && accounts.Contains(key.Id) ? 1 : 0)];
        var next = 0;
        for (var i = 0; i < accounts.Count; i++)
        {
            if (!unlimited || accounts[i] != key.Id)
                asked[next++] = leases.For(accounts[i]);
        }

        return asked;
    }

    /// <summary>From the first account on whose lease does not do by itself.</summary>
    /// <param name="need">Null: a call that counts tokens.</param>
    private async ValueTask<Admission?> AskAsync(
        KeyRecord key, Admission admission, AccountLease[] asked, RequestNeed? need, HttpResponse response, CancellationToken cancellationToken)
    {
        for (var i = admission.Parts.Count; i < asked.Length; i++)
        {
            try
            {
                await TakeAsync(admission, asked[i], need, cancellationToken);
            }
            catch (QuotaRefusedException e)
            {
                admission.Withdraw();
                CountRefusal(key, e.Refusal?.Dimension.Name() ?? "changed");
                RateLimitHeaders.Put(response, asked.AsSpan(0, i + 1));
                throw e.Refusal is { } refusal ? Refused(refusal, asked[i], response) : Changed();
            }
            catch (UnboundedCostException e)
            {
                admission.Withdraw();
                CountRefusal(key, e.Reason);
                throw;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Log.QuotaUnavailable(log, asked[i].AccountId, e);
                if (options.AdmitWithoutQuota)
                    continue;
                admission.Withdraw();
                counters.RequestRefused("unavailable");
                throw new GatewayException(
                    ErrorKind.ServiceUnavailable, "The account of this key cannot be reached, so its limits cannot be checked. Try again in a few seconds.", e)
                {
                    RetryAfterSeconds = 5,
                };
            }
            catch
            {
                admission.Withdraw();
                throw;
            }
        }

        RateLimitHeaders.Put(response, asked);
        if (need is not null)
        {
            admission.Routes = need.Routes;
            BudgetHeaders.PutOnSuccess(response, asked);
        }

        return admission;
    }

    private async ValueTask TakeAsync(Admission admission, AccountLease lease, RequestNeed? need, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_longestWait);
        var status = lease.Status ?? await lease.StatusAsync(limit.Token);
        need?.KeepWithin(status.Budget);
        admission.Add(lease, await lease.TakeAsync(need?.For(status.Budget) ?? RequestNeed.Counting, limit.Token));
    }

    /// <summary>On the key's own account, whichever limit it was: its status shows it.</summary>
    private void CountRefusal(KeyRecord key, string reason)
    {
        counters.RequestRefused(reason);
        leases.For(key.Id).CountRefusal(reason);
    }

    /// <summary>Of a limit, waiting helps: 429 with <c>retry-after</c>.</summary>
    private GatewayException Refused(QuotaRefusal refusal, AccountLease lease, HttpResponse response)
    {
        var who = AccountIds.IsTeam(refusal.AccountId) ? "the team of this API key"
            : AccountIds.IsOrganization(refusal.AccountId) ? "the organisation of this API key"
            : "this API key";
        if (refusal.Dimension == QuotaDimension.Budget)
            return BudgetRefusal.Of(refusal, who, lease.Budget, response, time.GetUtcNow());

        var unit = refusal.Dimension == QuotaDimension.Concurrency
            ? "requests at the same time"
            : refusal.Dimension.Name().Replace('_', ' ') + " per minute";
        var seconds = refusal.RetryAfterSeconds();
        var reached = string.Create(CultureInfo.InvariantCulture, $"The limit of {who} is reached: {refusal.Limit:0.##} {unit}. Try again in {seconds} s.");
        return new GatewayException(ErrorKind.RateLimited, reached)
        {
            RetryAfterSeconds = seconds,
        };
    }

    private static GatewayException Changed() =>
        new(ErrorKind.RateLimited, "The limits of this API key, or of its team or organisation, have just changed. Try again in 1 s.")
        {
            RetryAfterSeconds = 1,
        };
}
