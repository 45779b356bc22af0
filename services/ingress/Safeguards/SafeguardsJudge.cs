using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Safeguards;

/// <summary>
/// Has the tool calls of an answer judged by another model, where its own provider does not: a request of the gateway's own, with the client's key,
/// that goes the way of any other from admission on.
/// <code>
///   before the answer   which judge (key, team, organisation, route)? may the key use it? can it pay? what it may cost is reserved
///   after it            the calls, whole; what went before, bounded; one request, no second try; a verdict for each call or why there is none
/// </code>
/// </summary>
internal sealed class SafeguardsJudge(
    RouteChoice choice, QuotaGate quota, AccountLeases leases, Delivery delivery, NativeGaps gaps, IngressOptions options, TimeProvider time,
    ILogger<SafeguardsJudge> log)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>How long a judge may take.</summary>
    public TimeSpan Limit => options.SafeguardsLimit;

    /// <summary>Null where nobody but the route's own provider is to judge.</summary>
    public async ValueTask<SafeguardsCheck?> BeginAsync(
        SafeguardsRequest request, Exchange exchange, ModelRoute route, CancellationToken cancellationToken)
    {
        // Anthropic judges by itself.
        if ((route.IsNative && !route.IsLookAlike) || await NameAsync(exchange.Key, route, cancellationToken) is not { } name)
            return null;
        if (request.Context.Length > JudgeRequest.MaxContext)
            return SafeguardsCheck.Without(this, exchange, SafeguardResults.Unavailable(Reasons.InputTooLong));
        try
        {
            return await ReserveAsync(request, exchange, name, cancellationToken);
        }
        catch (GatewayException e)
        {
            Log.SafeguardsRefused(log, exchange.RequestId, name, e.Kind);
            return SafeguardsCheck.Without(this, exchange, e.Kind switch
            {
                ErrorKind.RateLimited => SafeguardResults.Unavailable(Reasons.RateLimited),
                ErrorKind.ServiceUnavailable or ErrorKind.Overloaded or ErrorKind.Internal => SafeguardResults.Unavailable(Reasons.Error),
                _ => SafeguardResults.Unsupported,
            });
        }
    }

    /// <summary>Asks the judge. Its whole answer, or what went wrong; null where the time was up.</summary>
    /// <exception cref="OperationCanceledException">The client's own request is over.</exception>
    public async Task<(RouteOutcome? Outcome, ReadOnlyMemory<byte> Answer)> AskAsync(
        Exchange asked, IReadOnlyList<ModelRoute> routes, PooledBuffer body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var context = new DefaultHttpContext { RequestAborted = either.Token };
        context.Request.Headers[ApiVersions.Header] = ApiVersions.V2023;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await using var watch = delivery.Watch(context, asked);
        var outcome = await delivery.DeliverAsync(context, asked, routes, body, watch);
        cancellationToken.ThrowIfCancellationRequested();
        return outcome == RouteOutcome.ClientLeft ? default : (outcome, answer.GetBuffer().AsMemory(0, (int)answer.Length));
    }

    /// <summary>The endpoint took the field and said nothing about it: it is not sent there again for a while.</summary>
    public void NoteSilence(ModelRoute route)
    {
        if (route.IsLookAlike && !gaps.Of(route).Contains(SafeguardsRequest.Field))
            gaps.Remember(route, [SafeguardsRequest.Field]);
    }

    private async ValueTask<SafeguardsCheck> ReserveAsync(
        SafeguardsRequest request, Exchange exchange, string name, CancellationToken cancellationToken)
    {
        var (model, all) = choice.ModelFor(exchange.Key, name);
        // Equal routes share the checks, as they do conversations.
        var ticket = all.AreShared ? exchange.Affinity ?? (uint)exchange.RequestId.GetHashCode(StringComparison.Ordinal) : (ulong?)null;
        var routes = choice.RoutesFor(exchange.Key, model, all, ticket);
        var envelope = new RequestEnvelope { Model = name, MaxTokens = JudgeRequest.MaxTokens };
        var most = JudgeRequest.MaxBytes(request.Context.Length);
        var usual = JudgeRequest.UsualBytes(request.Context.Length);
        var admission = await quota.AdmitAsync(
            exchange.Key, envelope, most, model, routes, exchange.Origin, new DefaultHttpContext().Response, cancellationToken, usual);
        return new SafeguardsCheck(this, exchange, request, new SafeguardsReservation(model, admission?.Routes ?? routes, name, ticket, admission, most));
    }

    /// <summary>The key's own, the team's, the organisation's, the catalog's.</summary>
    private async ValueTask<string?> NameAsync(KeyRecord key, ModelRoute route, CancellationToken cancellationToken)
    {
        var name = key.SafeguardsModel;
        for (var i = 0; name is null && i < (key.Accounts?.Count ?? 0); i++)
        {
            if (AccountIds.IsGroup(key.Accounts![i]))
                name = await OfGroupAsync(key.Accounts[i], cancellationToken);
        }

        name ??= route.SafeguardsModel;
        return name == KeyRecord.NoSafeguardsModel ? null : name;
    }

    private async ValueTask<string?> OfGroupAsync(string account, CancellationToken cancellationToken)
    {
        var lease = leases.For(account);
        if (lease.Status is { } known)
            return known.SafeguardsModel;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        wait.CancelAfter(LongestWait);
        try
        {
            return (await lease.StatusAsync(wait.Token)).SafeguardsModel;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Only where requests pass while accounts cannot be reached: the catalog's will do.
            Log.QuotaUnavailable(log, account, e);
            return null;
        }
    }

    /// <summary>The exchange of the judge's request.</summary>
    public Exchange ExchangeFor(Exchange exchange, SafeguardsReservation reserved, PooledBuffer body) => new()
    {
        RequestId = RequestIds.New(),
        ParentRequestId = exchange.RequestId,
        Purpose = UsageEvent.SafeguardsPurpose,
        Surface = exchange.Surface,
        Operation = Operations.Generate,
        Started = time.GetTimestamp(),
        // A judge whose time is up is not read on, and what it has cost is not given away.
        Key = exchange.Key with { OnDisconnect = DisconnectPolicy.Estimate, ExtendedUsage = false },
        Envelope = EnvelopeReader.Read(body.WrittenSpan, counting: false, ApiVersions.V2023),
        Model = reserved.Model,
        BodyBytes = body.WrittenCount,
        Affinity = reserved.Affinity,
        Admission = reserved.Admission,
        XRequestId = exchange.XRequestId,
        Origin = exchange.Origin,
        ClientTags = exchange.ClientTags,
        Metadata = exchange.Envelope.Metadata,
    };
}
