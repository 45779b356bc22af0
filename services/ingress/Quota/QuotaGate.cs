using System.Globalization;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// Admits a request in all accounts of its key (the key's own, its team's, its organisation's, those of the rules for it) or in none. In steady state that
/// is a few subtractions under a lock.
/// </summary>
internal sealed partial class QuotaGate(
    AccountLeases leases, RuleAccounts accounts, QuotaQueue queue, LeaseCounters counters, IngressOptions options, IConfiguration configuration,
    TimeProvider time, ILogger<QuotaGate> log)
{
    private readonly TimeSpan _longestWait = Settings.Read<ServiceSettings>(configuration).ActorWait;

    /// <summary>Null when nothing limits the key.</summary>
    /// <param name="comingBytes">
    /// Of a request that is still to come: how long its body will probably be, where <paramref name="bodyBytes"/> is the most. It runs in the place
    /// of the one that will wait for it. Null for any other.
    /// </param>
    /// <param name="watch">Over the response, while the request waits for a limit; null where it is not to wait.</param>
    public ValueTask<Admission?> AdmitAsync(
        KeyRecord key,
        RequestEnvelope envelope,
        int bodyBytes,
        ModelEntry model,
        IReadOnlyList<ModelRoute> routes,
        RequestOrigin? origin,
        HttpResponse response,
        CancellationToken cancellationToken,
        int? comingBytes = null,
        ResponseWatch? watch = null)
    {
        if (IsUnlimited(key))
            return default;
        var need = new RequestNeed(envelope, bodyBytes, model, routes, comingBytes);
        if (key.Rules is not null)
            return AdmitByRulesAsync(key, need, model, origin, response, watch, cancellationToken);
        var asking = new Asking(key, LeasesOf(key), need, response) { Watch = watch };
        var admission = new Admission(leases.LeaseId) { Asked = asking.Asked, Routes = routes };
        foreach (var lease in asking.Asked)
        {
            if ((!asking.Overtakes && queue.AheadAt(lease) is not null) || !TryTake(admission, lease, need))
                return AskAsync(asking, admission, cancellationToken);
        }

        RateLimitHeaders.Put(response, asking.Asked);
        BudgetHeaders.PutOnSuccess(response, asking.Asked);
        return new(admission);
    }

    /// <summary>
    /// Admits a call that counts tokens: it takes one of those, and nothing else (rules F14, E153). Null when it has no place to change with the route.
    /// </summary>
    public async ValueTask<Admission?> AdmitCountAsync(
        KeyRecord key, ModelEntry model, IReadOnlyList<ModelRoute> routes, RequestOrigin? origin, HttpResponse response, CancellationToken cancellationToken)
    {
        if (IsUnlimited(key))
            return null;
        var asked = key.Rules is null ? LeasesOf(key) : TryFindLeases(key, model, origin) ?? await FindLeasesAsync(key, model, origin, cancellationToken);
        var asking = new Asking(key, asked, null, response) { Providers = key.Rules is null ? null : ProviderRules.Of(key.Rules, null) };
        var admission = await AskAsync(asking, new Admission(leases.LeaseId) { Routes = routes }, cancellationToken);
        if (asking.Providers is not null)
            return admission;
        admission?.Abandon();
        return null;
    }

    private static bool IsUnlimited(KeyRecord key) => key is { Limits: null, Budget: null, Accounts: null or { Count: 1 }, Rules: null };

    private AccountLease[] LeasesOf(KeyRecord key)
    {
        // A key without limits of its own counts in its groups only.
        var unlimited = key.Limits is null && key.Budget is null;
        if (key.Accounts is not { } accounts)
            return unlimited ? [] : [leases.For(key.Id)];
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
    private async ValueTask<Admission?> AskAsync(Asking asking, Admission admission, CancellationToken cancellationToken)
    {
        if (await TryAsync(asking, admission, null, cancellationToken) is { } refusal)
        {
            return asking is { Watch: not null, Key.QueueSeconds: > 0 and var most } && MayPass(refusal, TimeSpan.FromSeconds(most))
                ? await WaitAsync(asking, refusal, TimeSpan.FromSeconds(most), cancellationToken)
                : throw Told(asking, refusal, null);
        }

        PutHeaders(asking);
        return admission;
    }

    /// <summary>A place in each account, and at a provider; null, or why there is none, and then there is none anywhere.</summary>
    /// <param name="asking">What is asked for.</param>
    /// <param name="admission">The places it has already.</param>
    /// <param name="turn">Where it has the turn, if it has waited.</param>
    /// <param name="cancellationToken">The client's.</param>
    private async ValueTask<Refusal?> TryAsync(Asking asking, Admission admission, AccountQueue? turn, CancellationToken cancellationToken)
    {
        if (await TakeAllAsync(admission, asking.Asked, asking.Need, asking.FirstBehind(turn), cancellationToken) is { } refusal)
            return refusal;
        if (asking.Need is { } need)
            admission.Routes = need.Routes;
        return asking.Providers is null ? null : await ChooseProviderAsync(admission, asking, turn, cancellationToken);
    }

    private static void PutHeaders(Asking asking)
    {
        RateLimitHeaders.Put(asking.Response, asking.Asked);
        if (asking.Need is not null)
            BudgetHeaders.PutOnSuccess(asking.Response, asking.Asked);
    }

    /// <summary>A place in each account from the first on where it has none; null, or why one gives none, and then there is none in any.</summary>
    /// <param name="admission">The places it has already.</param>
    /// <param name="asked">The accounts.</param>
    /// <param name="need">Null: a call that counts tokens.</param>
    /// <param name="firstBehind">The first account, by its place, where it comes after those who wait.</param>
    /// <param name="cancellationToken">The client's.</param>
    private async ValueTask<Refusal?> TakeAllAsync(
        Admission admission, AccountLease[] asked, RequestNeed? need, int firstBehind, CancellationToken cancellationToken)
    {
        for (var i = admission.Parts.Count; i < asked.Length; i++)
        {
            if (i >= firstBehind && queue.AheadAt(asked[i]) is { } ahead)
            {
                admission.Withdraw();
                return new(asked, i, ahead.Dimension.Name(), ahead, null) { IsBehind = true };
            }

            try
            {
                if (need is null || !TryTake(admission, asked[i], need))
                    await TakeAsync(admission, asked[i], need, cancellationToken);
            }
            catch (QuotaRefusedException e)
            {
                admission.Withdraw();
                return new(asked, i, e.Refusal?.Dimension.Name() ?? "changed", e.Refusal, null);
            }
            catch (UnboundedCostException e)
            {
                admission.Withdraw();
                return new(asked, i, e.Reason, null, e);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Log.QuotaUnavailable(log, asked[i].AccountId, e);
                if (options.AdmitWithoutQuota)
                    continue;
                admission.Withdraw();
                return new(asked, i, UnavailableReason, null, Unavailable(e));
            }
            catch
            {
                admission.Withdraw();
                throw;
            }
        }

        return null;
    }

    /// <summary>From what is at hand.</summary>
    private static bool TryTake(Admission admission, AccountLease lease, RequestNeed need)
    {
        if (lease.Status is not { } status || !need.IsBounded(status.Budget) || lease.TryTake(need.For(status.Budget)) is not { } taken)
            return false;
        admission.Add(lease, taken);
        return true;
    }

    private async ValueTask TakeAsync(Admission admission, AccountLease lease, RequestNeed? need, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_longestWait);
        var status = lease.Status ?? await lease.StatusAsync(limit.Token);
        need?.KeepWithin(status.Budget);
        admission.Add(lease, await lease.TakeAsync(need?.For(status.Budget) ?? RequestNeed.Counting, limit.Token));
    }

    /// <summary>Counts a refusal, on the key's own account, whichever limit it was: its status shows it. What the client is told of it.</summary>
    /// <param name="asking">Who is refused.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="more">What there is to say besides.</param>
    private GatewayException Told(Asking asking, Refusal refusal, string? more)
    {
        counters.RequestRefused(refusal.Reason);
        if (refusal.Reason == UnavailableReason)
            return refusal.Error!;
        leases.For(asking.Key.Id).CountRefusal(refusal.Reason);
        if (refusal.Error is { } error)
            return error;
        RateLimitHeaders.Put(asking.Response, refusal.Asked.AsSpan(0, refusal.At + 1));
        var told = refusal.Quota is { } quota ? Refused(quota, refusal.Asked[refusal.At], asking.Response) : Changed();
        return more is null ? told : new(told.Kind, $"{told.Message} {more}") { RetryAfterSeconds = told.RetryAfterSeconds, Code = told.Code };
    }

    /// <summary>Of a limit, waiting helps: 429 with <c>retry-after</c>.</summary>
    private GatewayException Refused(QuotaRefusal refusal, AccountLease lease, HttpResponse response)
    {
        if (refusal.Dimension == QuotaDimension.Budget)
            return BudgetRefusal.Of(refusal, lease.Who, BudgetStanding.Of(lease.Status), response, time.GetUtcNow());

        var unit = refusal.Dimension == QuotaDimension.Concurrency
            ? "requests at the same time"
            : refusal.Dimension.Name().Replace('_', ' ') + " per minute";
        var seconds = refusal.RetryAfterSeconds();
        var reached = string.Create(
            CultureInfo.InvariantCulture, $"The limit of {lease.Who} is reached: {refusal.Limit:0.##} {unit}. Try again in {seconds} s.");
        return new GatewayException(ErrorKind.RateLimited, reached)
        {
            RetryAfterSeconds = seconds,
        };
    }

    private static GatewayException Unavailable(Exception e) =>
        new(ErrorKind.ServiceUnavailable, "The account of this key cannot be reached, so its limits cannot be checked. Try again in a few seconds.", e)
        {
            RetryAfterSeconds = 5,
        };

    private static GatewayException Changed() =>
        new(ErrorKind.RateLimited, "The limits of this API key, or of its team or organisation, have just changed. Try again in 1 s.")
        {
            RetryAfterSeconds = 1,
        };

    private const string UnavailableReason = "unavailable";

    /// <summary>What a request asks for, at its first try and at those after it has waited.</summary>
    /// <param name="Key">Its key.</param>
    /// <param name="Asked">The accounts of the key, its groups and of rules, but those of providers.</param>
    /// <param name="Need">Null: a call that counts tokens.</param>
    /// <param name="Response">The client's.</param>
    private readonly record struct Asking(KeyRecord Key, AccountLease[] Asked, RequestNeed? Need, HttpResponse Response)
    {
        /// <summary>The rules by which each provider has accounts of its own.</summary>
        public ProviderRules? Providers { get; init; }

        public ResponseWatch? Watch { get; init; }

        /// <summary>Others wait for nothing that a count takes, and what runs in the place of a request that runs already holds up that one.</summary>
        public bool Overtakes => Need is null or { IsComing: true };

        /// <summary>At accounts before the one where it has the turn it has been behind the others already.</summary>
        public int FirstBehind(AccountQueue? turn) => Overtakes ? Asked.Length : turn is null ? 0
            : Array.IndexOf(Asked, turn.Lease) is >= 0 and var at ? at + 1
            : Asked.Length;
    }

    /// <summary>Why the account at this place among those asked gives no place.</summary>
    /// <param name="Asked">The accounts.</param>
    /// <param name="At">Its place.</param>
    /// <param name="Reason">The name it is counted under.</param>
    /// <param name="Quota">What cannot be covered; null where it is something else.</param>
    /// <param name="Error">Where it is no limit: what the client is told.</param>
    private sealed record Refusal(AccountLease[] Asked, int At, string Reason, QuotaRefusal? Quota, GatewayException? Error)
    {
        /// <summary>Others wait there, and the account was not asked.</summary>
        public bool IsBehind { get; init; }
    }
}
