using System.Globalization;
using System.Text;
using Dapr;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>
/// The budgets of keys, teams and organisations as Anthropic's Admin API shows spend limits: the same budgets, by other names. Ingress has
/// checked the admin key. Errors are in Anthropic's form.
/// </summary>
internal static class SpendLimitEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 1000;

    public static void MapSpendLimits(this WebApplication app)
    {
        var limits = app.MapGroup(InternalRoutes.SpendLimits).ExcludeFromDescription().AddEndpointFilter(TellAsync);
        limits.MapPost("", SetAsync);
        limits.MapGet("", ListAsync);
        limits.MapGet("/effective", EffectiveLimits.ListAsync);
        limits.MapGet("/audit", AuditAsync);
        limits.MapGet("/{id}", GetAsync);
        limits.MapDelete("/{id}", DeleteAsync);
        app.MapGet(InternalRoutes.SpendUsage + "/{id}", SpendUsage.GetAsync).ExcludeFromDescription().AddEndpointFilter(TellAsync);
    }

    /// <summary>Whatever goes wrong under these paths, in Anthropic's form.</summary>
    public static void UseSpendLimitErrors(this WebApplication app) => app.UseWhen(
        static context => context.Request.Path is var path
            && (path.StartsWithSegments(InternalRoutes.SpendLimits) || path.StartsWithSegments(InternalRoutes.SpendUsage)),
        static branch => branch.UseErrorResponses(static context => context.Request.Headers[GatewayHeaders.RequestId]));

    public static IAccountActor Account(IActorProxyFactory actors, string id) => actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    /// <summary>The parameter <c>limit</c>.</summary>
    public static int LimitOf(HttpRequest request, int otherwise)
    {
        if (request.Query["limit"].ToString() is not { Length: > 0 } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw GatewayException.Invalid($"limit: should be a number from 1 to {MaxLimit}.");
    }

    private static async ValueTask<object?> TellAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is DaprException or HttpRequestException
            || (e is OperationCanceledException && !context.HttpContext.RequestAborted.IsCancellationRequested))
        {
            throw new GatewayException(ErrorKind.ServiceUnavailable, "Billing cannot reach its state store or its sidecar. Ask again in a moment.", e);
        }
    }

    private static async Task<IResult> SetAsync(HttpRequest request, IActorProxyFactory actors)
    {
        if (!request.HasJsonContentType())
            throw GatewayException.Invalid("request body: is not called JSON. Send it with content-type: application/json.");
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var asked = SpendLimitRequest.Read(await reader.ReadToEndAsync(request.HttpContext.RequestAborted));
        var id = asked.AccountId ?? await OnlyOrganizationAsync(actors);
        var result = await KeyEndpoints.Directory(actors)
            .SetSpendLimitAsync(new SpendLimitCommand { By = CallerOf(request), AccountId = id, Amount = asked.Amount, Period = asked.Period });
        if (!result.Found)
            throw GatewayException.Invalid($"scope: there is no {id} on this gateway.");
        if (result.Mistake is { } mistake)
            throw GatewayException.Invalid(mistake);
        if (result.After is { } limit)
            return SpendJson.Ok(await ViewAsync(limit, actors));
        var now = SpendJson.Time(request.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        return SpendJson.Ok(new SpendLimitView
        {
            Id = SpendLimitId.Of(id),
            CreatedAt = result.Before is { } before ? SpendJson.Time(before.Dates.Set) : now,
            UpdatedAt = now,
            Scope = SpendScope.Of(id),
            Amount = null,
            Currency = "USD",
            Period = SpendLimitView.NameOf(asked.Period),
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, IActorProxyFactory actors)
    {
        var query = request.Query;
        if (query["after_id"].Count > 0 && query["before_id"].Count > 0)
            throw GatewayException.Invalid("after_id: should not be there together with before_id.");
        var down = query["before_id"].Count > 0;
        var page = await KeyEndpoints.Directory(actors).ListSpendLimitsAsync(new SpendLimitQuery
        {
            After = CursorOf(request, "after_id"),
            Before = CursorOf(request, "before_id"),
            Limit = LimitOf(request, DefaultLimit),
            Kind = query["scope_type"].ToString() switch
            {
                "" => null,
                SpendScope.Organization => SpendLimitKind.Organization,
                SpendScope.Group => SpendLimitKind.Team,
                SpendScope.User => SpendLimitKind.Key,
                _ => throw GatewayException.Invalid("scope_type: should be organization, rbac_group or user."),
            },
        });
        if (page.UnknownCursor)
            throw Unknown(down ? "before_id" : "after_id");
        var data = await Task.WhenAll(page.Limits.Select(limit => ViewAsync(limit, actors)));
        // Where few of many keys have a limit, a page may be short, and its end no limit.
        var next = page.Next is { } seen ? SpendLimitId.Of(seen) : null;
        return SpendJson.Ok(new SpendLimitList
        {
            Data = data,
            HasMore = next is not null,
            FirstId = (down ? next : null) ?? data.FirstOrDefault()?.Id,
            LastId = (down ? null : next) ?? data.LastOrDefault()?.Id,
        });
    }

    private static async Task<IResult> GetAsync(string id, IActorProxyFactory actors) =>
        SpendLimitId.Account(id) is { } account
        && await KeyEndpoints.Directory(actors).FindSpendLimitAsync(new SpendLimitCommand { AccountId = account }) is { } limit
            ? SpendJson.Ok(await ViewAsync(limit, actors))
            : throw NotFound(id);

    private static async Task<IResult> DeleteAsync(string id, HttpRequest request, IActorProxyFactory actors)
    {
        if (SpendLimitId.Account(id) is not { } account)
            throw NotFound(id);
        var result = await KeyEndpoints.Directory(actors).SetSpendLimitAsync(new SpendLimitCommand { By = CallerOf(request), AccountId = account });
        if (result.Before is null)
            throw NotFound(id);
        return result.Mistake is { } mistake ? throw GatewayException.Invalid(mistake) : SpendJson.Ok(new SpendLimitDeleted { Id = id });
    }

    /// <summary>Who changes a limit, for the audit trail; ingress has seen that he may.</summary>
    private static AdminCaller CallerOf(HttpRequest request) => AdminCaller.OfHeader(request.Headers[GatewayHeaders.Admin])
        ?? throw new GatewayException(ErrorKind.Permission, "Nobody is named who makes this call. It comes through ingress, which says who makes it.");

    private static async Task<IResult> AuditAsync(HttpRequest request, IActorProxyFactory actors)
    {
        long? olderThan = null;
        if (request.Query["after_id"].ToString() is { Length: > 0 } after)
            olderThan = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < long.MaxValue
                ? number
                : throw GatewayException.Invalid("after_id: should be the id of an event.");
        var page = await KeyEndpoints.Directory(actors)
            .ListBudgetChangesAsync(new BudgetChangeQuery { OlderThan = olderThan, Limit = LimitOf(request, DefaultLimit) });
        return SpendJson.Ok(new SpendLimitAudit { Data = [.. page.Changes.Select(SpendLimitEvent.Of)], HasMore = page.More });
    }

    private static string? CursorOf(HttpRequest request, string name) =>
        request.Query[name].ToString() is { Length: > 0 } id ? SpendLimitId.Account(id) ?? throw Unknown(name) : null;

    private static async Task<string> OnlyOrganizationAsync(IActorProxyFactory actors)
    {
        var page = await KeyEndpoints.Directory(actors).ListGroupsAsync(new ListQuery { Limit = MaxLimit, Organizations = true });
        return page.Groups.Where(g => g.DeletedAt is null).ToList() switch
        {
            [var only] => only.Id,
            [] => throw GatewayException.Invalid("scope: there is no organisation yet. POST /admin/v1/organizations makes one, with or without a budget."),
            _ => throw GatewayException.Invalid(
                "scope.organization_id: should say which: there are several organisations. GET /admin/v1/organizations lists them."),
        };
    }

    private static async Task<SpendLimitView> ViewAsync(SpendLimitEntry limit, IActorProxyFactory actors) => SpendLimitView.Of(
        limit, AccountIds.IsGroup(limit.AccountId) ? (await Account(actors, limit.AccountId).GetStatusAsync()).Budget?.Spent ?? 0 : null);

    private static GatewayException Unknown(string parameter) => GatewayException.Invalid($"{parameter}: there is no spend limit of this id.");

    private static GatewayException NotFound(string id) => new(ErrorKind.NotFound, $"There is no spend limit {id}.");
}
