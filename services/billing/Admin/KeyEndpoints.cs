using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

internal static class KeyEndpoints
{
    public static async Task<IResult> CreateAsync(HttpRequest request, IActorProxyFactory actors)
    {
        var result = await Directory(actors).CreateKeyAsync(new KeyCommand { Body = await BodyAsync(request) });
        return result.Key is { } key
            ? Results.Json(KeyView.Of(key) with { Key = result.Secret }, AdminJson.Default.KeyView, statusCode: StatusCodes.Status201Created)
            : Problems.Invalid(result.Errors!);
    }

    public static async Task<IResult> ListAsync(string? limit, string? after, string? teamId, IActorProxyFactory actors)
    {
        if (!Paging.TryLimit(limit, out var count, out var problem))
            return problem!;
        var page = await Directory(actors).ListKeysAsync(new ListQuery { After = after, Limit = count, Parent = teamId });
        return page.UnknownAfter
            ? Problems.Invalid("after", "There is no such key.")
            : Results.Json(new KeyList { Data = [.. page.Keys.Select(KeyView.Of)], HasMore = page.Next is not null, NextAfter = page.Next }, AdminJson.Default.KeyList);
    }

    public static async Task<IResult> GetAsync(string id, IActorProxyFactory actors) =>
        Answer(await Directory(actors).GetKeyAsync(new KeyCommand { Id = id }));

    public static async Task<IResult> UpdateAsync(string id, HttpRequest request, IActorProxyFactory actors) =>
        Answer(await Directory(actors).UpdateKeyAsync(new KeyCommand { Id = id, Body = await BodyAsync(request) }));

    public static async Task<IResult> RevokeAsync(string id, IActorProxyFactory actors) =>
        Answer(await Directory(actors).RevokeKeyAsync(new KeyCommand { Id = id }));

    public static async Task<IResult> RotateAsync(string id, HttpRequest request, IActorProxyFactory actors)
    {
        var body = await BodyAsync(request);
        var rotation = string.IsNullOrWhiteSpace(body) ? new RotateRequest() : SettingsReader.Read(body, null, AdminJson.Default.RotateRequest, out var errors);
        if (rotation is null)
            return Problems.Invalid("overlapSeconds", "A number of seconds; there is no other field.");
        if (rotation.OverlapSeconds is < 0 or > RotateRequest.MaxOverlapSeconds)
            return Problems.Invalid("overlapSeconds", $"From 0 to {RotateRequest.MaxOverlapSeconds} seconds.");
        return Answer(await Directory(actors).RotateKeyAsync(new KeyCommand { Id = id, OverlapSeconds = rotation.OverlapSeconds }));
    }

    /// <summary>What <c>GET /v1/key</c> shows the key's own holder.</summary>
    public static async Task<IResult> SelfAsync(string id, IActorProxyFactory actors)
    {
        if ((await Directory(actors).GetKeyAsync(new KeyCommand { Id = id })).Key is not { } key)
            return Problems.NotFound($"key {id}");
        var account = actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);
        var balance = await account.GetBalanceAsync();
        var groups = new Dictionary<string, AccountStatus>();
        foreach (var group in key.Accounts?.Where(AccountIds.IsGroup) ?? [])
            groups[group] = await actors.CreateActorProxy<IAccountActor>(new ActorId(group), ActorTypes.Account).GetStatusAsync();
        var self = new KeySelf
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
            Groups = groups.Count > 0 ? groups : null,
        };
        return Results.Json(self, AdminJson.Default.KeySelf);
    }

    /// <summary>As text: the directory reads it, so that a patch meets the settings in force in its own turn.</summary>
    internal static async Task<string> BodyAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    internal static IKeyDirectoryActor Directory(IActorProxyFactory actors) =>
        actors.CreateActorProxy<IKeyDirectoryActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);

    private static IResult Answer(KeyResult result) => result switch
    {
        { Errors: { } errors } => Problems.Invalid(errors),
        { Conflict: { } why } => Problems.Conflict(why),
        { Key: { } key } => Results.Json(KeyView.Of(key) with { Key = result.Secret, PreviousKeyExpiresAt = result.PreviousKeyExpiresAt }, AdminJson.Default.KeyView),
        _ => Problems.NotFound("such key"),
    };
}
