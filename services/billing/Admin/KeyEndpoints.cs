using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

internal static class KeyEndpoints
{
    public static void Map(RouteGroupBuilder keys)
    {
        keys.MapPost("", CreateAsync).WithName("createKey").WithMetadata(AdminRule.MakeKeys);
        keys.MapPost("/bulk", CreateManyAsync).WithName("createKeys").WithMetadata(AdminRule.MakeKeys);
        keys.MapGet("", ListAsync).WithName("listKeys").WithMetadata(AdminRule.ListAccounts);
        keys.MapGet("/{id}", GetAsync).WithName("getKey").WithMetadata(AdminRule.SeeAccount);
        keys.MapPatch("/{id}", ChangeAsync).WithName("changeKey").WithMetadata(AdminRule.ChangeKey);
        keys.MapDelete("/{id}", RevokeAsync).WithName("revokeKey").WithMetadata(AdminRule.ChangeKey);
        keys.MapPost("/{id}/pause", PauseAsync).WithName("pauseKey").WithMetadata(AdminRule.ChangeKey);
        keys.MapPost("/{id}/resume", ResumeAsync).WithName("resumeKey").WithMetadata(AdminRule.ChangeKey);
        keys.MapPost("/{id}/rotate", RotateAsync).WithName("rotateKey").WithMetadata(AdminRule.ChangeKey);
        keys.MapGet("/{id}/status", StatusAsync).WithName("getKeyStatus").WithMetadata(AdminRule.SeeAccount);
        keys.MapGet("/{id}/usage", ReportEndpoints.KeyUsageAsync).WithName("getKeyUsage").WithMetadata(AdminRule.SeeAccount);
        keys.MapGet("/{id}/events", ReportEndpoints.KeyEventsAsync).WithName("listKeyEvents").WithMetadata(AdminRule.SeeAccount);
    }

    /// <summary>Create a key</summary>
    /// <remarks>The key itself is in this answer only. One that clients have already is imported as <c>value</c>.</remarks>
    /// <param name="body">Settings of the new key; <c>{}</c> makes one without limits. A member that is not known is refused.</param>
    /// <response code="201">The key, with <c>key</c>.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static async Task<Results<Created<KeyView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<NewKeySettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Body = body.Text, IdempotencyKey = once.Value };
        var result = await Directory(actors).CreateKeyAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Key: { } key } => TypedResults.Created($"{InternalRoutes.Admin}/keys/{key.Id}", KeyView.Of(result)),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    /// <summary>Create keys</summary>
    /// <remarks>All of them or, with every mistake named, none. The keys themselves are in this answer only.</remarks>
    /// <param name="body">Settings of the new keys, as for one.</param>
    /// <response code="201">The keys, each with <c>key</c>.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static async Task<Results<Created<MadeKeys>, InvalidProblem, ConflictProblem>> CreateManyAsync(
        JsonBody<NewKeys> body, [AsParameters] IdempotencyKey once, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Body = body.Text, IdempotencyKey = once.Value };
        var result = await Directory(actors).CreateKeysAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Errors: { } errors } => new InvalidProblem(errors),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => TypedResults.Created((string?)null, new MadeKeys { Data = [.. result.Made.Select(made => KeyView.Of(made.Key!) with { Key = made.Secret })] }),
        };
    }

    /// <summary>List keys</summary>
    /// <remarks>In the order they were made, revoked ones included. With a filter a page may be short and still have more.</remarks>
    /// <param name="teamId" example="team:7FhXk2Qp">Only keys of this team.</param>
    /// <param name="search" example="search-ci">Only keys with this in their name, id or beginning, whatever its capitals.</param>
    public static async Task<Results<Ok<KeyList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? teamId, string? search, IActorProxyFactory actors, HttpContext context)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        if (teamId is { Length: 0 })
            return new InvalidProblem("teamId", "A team's id; leave the parameter out for keys of all teams.");
        var query = new ListQuery
        {
            After = page.After,
            Limit = limit,
            Parent = teamId,
            Search = PageQuery.Search(search),
            Scope = AdminGuard.CallerOf(context).Scope,
        };
        var keys = await Directory(actors).ListKeysAsync(query);
        return keys.UnknownAfter
            ? new InvalidProblem("after", "There is no such key.")
            : TypedResults.Ok(new KeyList { Data = [.. keys.Keys.Select(KeyView.Of)], HasMore = keys.Next is not null, NextAfter = keys.Next });
    }

    /// <summary>Get a key</summary>
    /// <remarks>Its limits, budget and settings; never the key itself.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    public static async Task<Results<Ok<KeyView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        await Directory(actors).GetKeyAsync(new KeyCommand { Id = id }) is { Key: not null } result ? TypedResults.Ok(KeyView.Of(result)) : NotFound(id);

    /// <summary>Change a key</summary>
    /// <remarks>A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    /// <response code="409">The key has been revoked.</response>
    public static async Task<Results<Ok<KeyView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, JsonBody<KeySettings> body, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await Directory(actors).UpdateKeyAsync(new KeyCommand { By = AdminGuard.CallerOf(context), Id = id, Body = body.Text }));

    /// <summary>Revoke a key</summary>
    /// <remarks>Refused everywhere within five seconds; its record and usage stay. Again is no mistake.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    public static async Task<Results<Ok<KeyView>, NotFoundProblem>> RevokeAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        await Directory(actors).RevokeKeyAsync(new KeyCommand { By = AdminGuard.CallerOf(context), Id = id }) is { Key: not null } result
            ? TypedResults.Ok(KeyView.Of(result))
            : NotFound(id);

    /// <summary>Pause a key</summary>
    /// <remarks>Refused everywhere within five seconds (403), until it is resumed; requests that are running are finished. Again is no mistake.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    /// <response code="409">The key has been revoked.</response>
    public static async Task<Results<Ok<KeyView>, InvalidProblem, NotFoundProblem, ConflictProblem>> PauseAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await Directory(actors).PauseKeyAsync(new KeyCommand { By = AdminGuard.CallerOf(context), Id = id, Paused = true }));

    /// <summary>Resume a key</summary>
    /// <remarks>A paused key works again within five seconds. Again is no mistake.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    /// <response code="409">The key has been revoked.</response>
    public static async Task<Results<Ok<KeyView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ResumeAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await Directory(actors).PauseKeyAsync(new KeyCommand { By = AdminGuard.CallerOf(context), Id = id }));

    /// <summary>Rotate a key</summary>
    /// <remarks>A new key at once, in this answer only; the old one stays good for an overlap.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    /// <param name="body">How long the overlap is; without a body, a day.</param>
    /// <response code="200">The key, with the new <c>key</c>.</response>
    /// <response code="409">The key has been revoked.</response>
    public static async Task<Results<Ok<KeyView>, InvalidProblem, NotFoundProblem, ConflictProblem>> RotateAsync(
        string id, JsonBody<RotateRequest>? body, IActorProxyFactory actors, HttpContext context)
    {
        if (!RotateRequest.TryRead(body?.Text, out var rotation, out var problem))
            return problem;
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Id = id, OverlapSeconds = rotation.OverlapSeconds };
        return Answer(id, await Directory(actors).RotateKeyAsync(command));
    }

    /// <summary>State of a key</summary>
    /// <remarks>
    /// What is left of its limits and budget, and of those of its team and organisation, and the rules for it: what its holder sees at <c>GET /v1/key</c>.
    /// </remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    public static async Task<Results<Ok<KeySelf>, NotFoundProblem>> StatusAsync(string id, IActorProxyFactory actors)
    {
        if ((await Directory(actors).GetKeyAsync(new KeyCommand { Id = id })).Key is not { } key)
            return NotFound(id);
        var account = actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);
        var balance = await account.GetBalanceAsync();
        var groups = new Dictionary<string, AccountStatus>();
        foreach (var group in key.Accounts?.Where(AccountIds.IsGroup) ?? [])
            groups[group] = await actors.CreateActorProxy<IAccountActor>(new ActorId(group), ActorTypes.Account).GetStatusAsync();
        var rules = new List<KeyRule>();
        foreach (var rule in (await Directory(actors).ListRulesOfAsync(new KeyCommand { Id = id })).Rules)
        {
            var status = rule.IsEach ? null : await actors.CreateActorProxy<IAccountActor>(new ActorId(rule.Id), ActorTypes.Account).GetStatusAsync();
            rules.Add(KeyRule.Of(rule, status));
        }

        return TypedResults.Ok(new KeySelf
        {
            Id = key.Id,
            Name = key.Name,
            Prefix = key.Prefix,
            CreatedAt = key.CreatedAt,
            ExpiresAt = key.ExpiresAt,
            Models = key.Models,
            NativeOnly = key.NativeOnly,
            Status = await account.GetStatusAsync(),
            Spent = balance.Spent,
            UnpricedRequests = balance.UnpricedRequests,
            Refused = balance.Refused,
            Groups = groups.Count > 0 ? groups : null,
            Rules = rules.Count > 0 ? rules : null,
        });
    }

    internal static IKeyDirectoryActor Directory(IActorProxyFactory actors) =>
        actors.CreateActorProxy<IKeyDirectoryActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);

    private static NotFoundProblem NotFound(string id) => new($"key {id}");

    private static Results<Ok<KeyView>, InvalidProblem, NotFoundProblem, ConflictProblem> Answer(string id, KeyResult result) => result switch
    {
        { Errors: { } errors } => new InvalidProblem(errors),
        { Conflict: { } why } => new ConflictProblem(why),
        { Key: not null } => TypedResults.Ok(KeyView.Of(result)),
        _ => NotFound(id),
    };
}
