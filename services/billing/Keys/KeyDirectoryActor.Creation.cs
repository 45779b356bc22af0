using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>New keys, one or many.</summary>
internal sealed partial class KeyDirectoryActor
{
    public async Task<KeyResult> CreateKeyAsync(KeyCommand command)
    {
        var result = await MadeKeysAsync(nameof(CreateKeyAsync), command);
        if (result is null)
        {
            var settings = SettingsReader.Read<NewKeySettings>(command.Body ?? "{}", null, out var errors);
            result = await CreateAsync(nameof(CreateKeyAsync), command, settings is null ? [] : [settings], _ => "", errors);
        }

        return result.Made is [var made]
            ? made with { Replayed = result.Replayed }
            : new() { Errors = result.Errors, Conflict = result.Conflict };
    }

    /// <summary>All of them, or none.</summary>
    public async Task<KeysResult> CreateKeysAsync(KeyCommand command)
    {
        if (await MadeKeysAsync(nameof(CreateKeysAsync), command) is { } before)
            return before;
        var keys = SettingsReader.Read<NewKeys>(command.Body ?? "{}", null, out var errors)?.Keys ?? [];
        if (keys.Count is 0 or > NewKeys.Most)
            errors.TryAdd("keys", [$"Between 1 and {NewKeys.Most} keys at once."]);
        return keys.Count > NewKeys.Most
            ? new() { Errors = errors }
            : await CreateAsync(nameof(CreateKeysAsync), command, keys, i => $"keys[{i}].", errors);
    }

    private async Task<KeysResult?> MadeKeysAsync(string operation, KeyCommand command)
    {
        await FinishAsync();
        if (await FindMadeAsync(operation, command.IdempotencyKey) is not { } before)
            return null;
        if (ConflictOf(before, command.Body) is { } conflict)
            return new() { Conflict = conflict };
        var secrets = await SecretsAsync(before, command.IdempotencyKey!);
        var made = new List<KeyResult>();
        for (var i = 0; i < before.Ids.Count; i++)
            made.Add(await ShownAsync((await FindAsync(before.Ids[i]))!.Record) with { Secret = secrets[i] });
        return new() { Made = made, Replayed = true };
    }

    private async Task<KeysResult> CreateAsync(
        string operation, KeyCommand command, IReadOnlyList<NewKeySettings> all, Func<int, string> path, Dictionary<string, string[]> errors)
    {
        var hasher = await HasherAsync();
        all = await WithDefaultsAsync(all);
        var imported = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < all.Count; i++)
        {
            foreach (var (field, mistakes) in await MistakesAsync(all[i], command.By, hasher, imported))
                errors.TryAdd(field.Length == 0 ? path(i).TrimEnd('.') : path(i) + field, mistakes);
        }

        if (errors.Count > 0)
            return new() { Errors = errors };
        var made = new List<KeyResult>();
        var changes = new List<PendingChange>();
        foreach (var settings in all)
        {
            var secret = settings.Value ?? GatewayKeys.NewKey();
            var hash = new KeyHash { Hash = hasher.Hash(secret), Prefix = GatewayKeys.ShownPart(secret) };
            var entry = await AddAsync(GatewayKeys.NewId("key_"), settings, hash);
            changes.Add(await ChangedAsync(entry, null, "created", command.By));
            made.Add(await ShownAsync(entry.Record) with { Secret = secret });
        }

        await RememberMadeAsync(operation, command.IdempotencyKey, command.Body, [.. made.Select(m => m.Key!.Id)], [.. made.Select(m => m.Secret!)]);
        await HandOnAsync(changes);
        return new() { Made = made };
    }

    private async Task<Dictionary<string, string[]>> MistakesAsync(
        NewKeySettings? settings, AdminCaller by, KeyHasher hasher, HashSet<string> imported)
    {
        var errors = new Dictionary<string, string[]>();
        if (settings is null)
        {
            errors[""] = ["An object."];
            return errors;
        }

        await CheckAsync(settings, null, by, errors);
        if (settings.ExpiresAt <= Now)
            errors["expiresAt"] = ["In the future; null or nothing never expires."];
        if (settings.Value is { } value && (ImportedKey.MistakeIn(value) ?? await TakenAsync(hasher.Hash(value), imported)) is { } mistake)
            errors["value"] = [mistake];
        return errors;
    }

    private async Task<KeyEntry> AddAsync(string id, KeySettings settings, KeyHash hash)
    {
        var record = await RecordAsync(new KeyRecord { Id = id, CreatedAt = Now, Prefix = hash.Prefix }, settings);
        var dates = await DatesAsync(id, record.CreatedAt, null, null, record.Budget);
        return new() { Record = record, Number = await Keys.AppendAsync(id), Hashes = [hash], BudgetDates = dates };
    }

    /// <summary>Whose a value is already, if anybody's; a revoked key keeps its own.</summary>
    private async Task<string?> TakenAsync(string hash, HashSet<string> imported)
    {
        if (!imported.Add(hash))
            return "Another key of this body has the same value.";
        if ((await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity))?.AdminKeyHash == hash)
            return "It is the admin key, which opens everything. Send another.";
        return await dapr.GetStateAsync<KeyRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash)) is { } owner
            ? $"It is the value of {owner.Id} already. Change that key, or send another value."
            : null;
    }
}
