using Dapr.Actors;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>Webhooks: who is told of events. State keys: <c>webhook:{id}</c>; <c>webhooks</c>, the ids of those that are not deleted, in their order.</summary>
internal sealed partial class KeyDirectoryActor
{
    private const string WebhookPrefix = "wh_";
    private const string Webhooks = "webhooks";

    /// <summary>Each looks at the feed by itself.</summary>
    private const int MostWebhooks = 200;
    private const int MostWebhooksOfScope = 10;

    /// <summary>Secrets that go on signing beside the current one.</summary>
    private const int MostOldSecrets = 3;

    public async Task<WebhookResult> CreateWebhookAsync(WebhookCommand command)
    {
        await FinishAsync();
        if (await FindMadeAsync(Webhooks, command.IdempotencyKey) is { } made && await FindWebhookAsync(made.Ids[0]) is { } before)
        {
            return ConflictOf(made, command.Body) is { } conflict
                ? new() { Conflict = conflict }
                : new() { Webhook = before, Secret = (await SecretsAsync(made, command.IdempotencyKey!))[0], Replayed = true };
        }

        var settings = SettingsReader.Read<WebhookSettings>(command.Body ?? "{}", null, out var errors);
        if (settings is not null)
            await CheckAsync(settings, null, command.By, errors);
        if (errors.Count > 0)
            return new() { Errors = errors };
        var ids = await WebhookIdsAsync();
        var ofScope = 0;
        foreach (var other in ids)
            ofScope += (await FindWebhookAsync(other))!.Settings.Scope == settings!.Scope ? 1 : 0;
        if (ids.Count >= MostWebhooks || ofScope >= MostWebhooksOfScope)
            return new() { Conflict = $"There are at most {MostWebhooks} webhooks, {MostWebhooksOfScope} of a scope. Delete one, or have one for several." };

        var (id, secret) = (GatewayKeys.NewId(WebhookPrefix), WebhookSecret.New());
        var record = new WebhookRecord
        {
            Id = id,
            Settings = settings!,
            CreatedAt = Now,
            SecretPrefix = GatewayKeys.ShownPart(secret),
            Secrets = [await SealAsync(id, secret)],
        };
        await StateManager.SetStateAsync<List<string>>(Webhooks, [.. ids, id]);
        await RememberMadeAsync(Webhooks, command.IdempotencyKey, command.Body, [id], [secret]);
        return await ChangeAsync(record, null, "created", command.By) with { Secret = secret };
    }

    public async Task<WebhookResult> GetWebhookAsync(WebhookCommand command) => new() { Webhook = await FindWebhookAsync(command.Id!) };

    public async Task<WebhookPage> ListWebhooksAsync(ListQuery query)
    {
        var webhooks = new List<WebhookRecord>();
        foreach (var id in await WebhookIdsAsync())
        {
            var webhook = (await FindWebhookAsync(id))!;
            if (query.Scope is null || await IsInAsync(query.Scope, webhook))
                webhooks.Add(webhook);
        }

        await StateManager.ClearCacheAsync();
        return new() { Webhooks = webhooks };
    }

    public async Task<WebhookResult> UpdateWebhookAsync(WebhookCommand command)
    {
        await FinishAsync();
        if (await FindWebhookAsync(command.Id!) is not { } webhook)
            return new();
        var settings = SettingsReader.Read(command.Body ?? "{}", webhook.Settings, out var errors);
        if (settings is not null)
            await CheckAsync(settings, webhook.Settings, command.By, errors);
        return errors.Count > 0 ? new() { Errors = errors } : await ChangeAsync(webhook with { Settings = settings! }, webhook, "updated", command.By);
    }

    /// <summary>A new secret; those before it go on signing for a while, so that receivers can be changed without a delivery that they refuse.</summary>
    public async Task<WebhookResult> RotateWebhookAsync(WebhookCommand command)
    {
        await FinishAsync();
        if (await FindWebhookAsync(command.Id!) is not { } webhook)
            return new();
        var (secret, until) = (WebhookSecret.New(), Now.AddSeconds(command.OverlapSeconds));
        var before = webhook.Secrets
            .Select(s => s.ValidUntil < until ? s : s with { ValidUntil = until })
            .Where(s => s.ValidUntil > Now)
            .TakeLast(MostOldSecrets);
        var after = webhook with { SecretPrefix = GatewayKeys.ShownPart(secret), Secrets = [.. before, await SealAsync(webhook.Id, secret)] };
        return await ChangeAsync(after, webhook, "rotated", command.By) with { Secret = secret };
    }

    public async Task<WebhookResult> PauseWebhookAsync(WebhookCommand command)
    {
        await FinishAsync();
        if (await FindWebhookAsync(command.Id!) is not { } webhook)
            return new();
        var after = webhook with { PausedAt = command.Paused ? webhook.PausedAt ?? Now : null };
        return await ChangeAsync(after, webhook, command.Paused ? "paused" : "resumed", command.By);
    }

    public async Task<WebhookResult> DeleteWebhookAsync(WebhookCommand command)
    {
        await FinishAsync();
        if (await FindWebhookAsync(command.Id!) is not { } webhook)
            return new();
        await StateManager.SetStateAsync(Webhooks, (await WebhookIdsAsync()).Where(id => id != webhook.Id).ToList());
        return await ChangeAsync(webhook with { DeletedAt = Now, Secrets = [] }, webhook, "deleted", command.By);
    }

    private async Task<WebhookResult> ChangeAsync(WebhookRecord webhook, WebhookRecord? before, string change, AdminCaller by)
    {
        await StateManager.SetStateAsync(WebhookKey(webhook.Id), webhook);
        var audit = await AuditAsync(by, "webhook." + change, webhook.Id, before is null ? null : WebhookView.Of(before), WebhookView.Of(webhook));
        await HandOnAsync([new PendingChange { Id = webhook.Id, Change = change, Time = Now, Audit = audit }]);
        return new() { Webhook = webhook };
    }

    private async Task CheckAsync(WebhookSettings settings, WebhookSettings? before, AdminCaller by, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, WebhookRules.Check(settings, webhooks));
        if (before is not null && settings.Scope != before.Scope)
            errors["scope"] = ["It is given at creation and cannot change. Make another webhook."];
        else if (settings.Scope is { } scope && AccountIds.IsPossible(scope) && await FindGroupAsync(scope) is null)
            errors.TryAdd("scope", [$"There is no {scope}."]);
        if (before is null && await ScopeMistakeAsync(by.Scope, settings.Scope) is { } outside)
            errors.TryAdd("scope", [outside]);
        if (before is not null && settings.Since != before.Since)
            errors["since"] = ["It is given at creation. POST .../replay begins anew at a time."];
    }

    private async Task<WebhookSecret> SealAsync(string id, string secret) =>
        new() { Sealed = SealedText.Of(secret, WebhookSender.PasswordOf(await HasherAsync(), id)) };

    private Task StoreAsync(WebhookRecord webhook) =>
        ProxyFactory.CreateActorProxy<IWebhookActor>(new ActorId(webhook.Id), ActorTypes.Webhook).ConfigureAsync(webhook);

    private async Task<bool> IsInAsync(IReadOnlyList<string> scope, WebhookRecord webhook) =>
        webhook.Settings.Scope is { } own && await FindGroupAsync(own) is { } group && IsIn(scope, group.Group);

    private static string WebhookKey(string id) => StateKey.Of("webhook:", id);

    private async Task<List<string>> WebhookIdsAsync()
    {
        var ids = await StateManager.TryGetStateAsync<List<string>>(Webhooks);
        return ids.HasValue ? ids.Value : [];
    }

    /// <summary>Null when there is none, or it is deleted.</summary>
    private async Task<WebhookRecord?> FindWebhookAsync(string id) => await FindAnyWebhookAsync(id) is { DeletedAt: null } webhook ? webhook : null;

    private async Task<WebhookRecord?> FindAnyWebhookAsync(string id)
    {
        if (!id.StartsWith(WebhookPrefix, StringComparison.Ordinal))
            return null;
        var webhook = await StateManager.TryGetStateAsync<WebhookRecord>(WebhookKey(id));
        return webhook.HasValue ? webhook.Value : null;
    }
}
