using System.Security.Cryptography;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>
/// What must exist before anything works. Done in a turn of this actor, so replicas that start together agree without relying on the store's
/// ETags, which not every store honours alike.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    /// <summary>The id of the key that <c>GATEWAY_API_KEY</c> names.</summary>
    public const string DefaultKeyId = "key_default";

    private const int HashSecretBytes = 32;
    private const string SumsFrom = "sums-from";

    /// <summary>Until a day is whole for certain: replicas of a build of before may still settle beside this one, and clocks be ahead.</summary>
    private const int SumsAfterDays = 2;
    private KeyHasher? _hasher;

    public async Task<BootstrapResult> BootstrapAsync(BootstrapRequest request)
    {
        await FinishAsync();
        var stored = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity);
        var secret = stored?.HashSecret ?? request.HashSecret ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(HashSecretBytes));
        _hasher = new KeyHasher(secret);
        await EnsureSumsFromAsync(isFirstStart: stored is null && await Keys.CountAsync() == 0);

        var candidate = _hasher.Hash(request.CandidateAdminKey);
        var adminHash = request.AdminKey is { } given ? _hasher.Hash(given) : stored?.AdminKeyHash ?? candidate;
        // Before the identity, without which ingress answers no key and is not ready: the key of the environment is never called unknown.
        if (request.ApiKey is { } key)
            await EnsureDefaultKeyAsync(_hasher, key);
        var identity = new GatewayIdentity { HashSecret = secret, AdminKeyHash = adminHash };
        if (identity != stored)
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.Identity, identity);

        // Compared, not remembered: a caller that lost this answer asks again with the same candidate.
        return new() { CandidateTaken = adminHash == candidate, HashSecretIgnored = request.HashSecret is { } asked && asked != secret };
    }

    public async Task<DateOnly?> GetSumsFromAsync() =>
        await StateManager.TryGetStateAsync<DateOnly>(SumsFrom) is { HasValue: true, Value: var day } ? day : null;

    /// <summary>Written once: what a build of before has settled is in no sum of what no organisation has, nor in the lists of groups.</summary>
    private async Task EnsureSumsFromAsync(bool isFirstStart)
    {
        if (await GetSumsFromAsync() is not null)
            return;
        await StateManager.SetStateAsync(SumsFrom, isFirstStart ? DateOnly.MinValue : BudgetCalendar.Day(Now).AddDays(SumsAfterDays));
        await StateManager.SaveStateAsync();
    }

    private async Task EnsureDefaultKeyAsync(KeyHasher hasher, string key)
    {
        var hash = new KeyHash { Hash = hasher.Hash(key), Prefix = GatewayKeys.ShownPart(key) };
        if (await FindAsync(DefaultKeyId) is not { } entry)
        {
            await ChangeAsync(await AddAsync(DefaultKeyId, new KeySettings { Name = "default" }, hash), null, "created", AdminCaller.Gateway);
            return;
        }

        var replaced = entry.Hashes.Select(h => h.Hash).Where(h => h != hash.Hash).ToList();
        if (entry.Hashes is not [var only] || only.Hash != hash.Hash || only.ValidUntil is not null)
        {
            var before = entry.Record;
            entry = entry with { Record = before with { Prefix = hash.Prefix }, Hashes = [hash] };
            await ChangeAsync(entry, before, "rotated", AdminCaller.Gateway, replaced);
        }
    }

    private async Task<KeyHasher> HasherAsync()
    {
        if (_hasher is not null)
            return _hasher;
        var identity = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity)
            ?? throw new InvalidOperationException("The gateway has no identity yet: billing has not finished its start.");
        return _hasher = new KeyHasher(identity.HashSecret);
    }
}
