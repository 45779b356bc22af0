using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Ingress.Relay;
using Gateway.Ingress.SignIn;

namespace Gateway.Ingress.Keys;

/// <summary>
/// Key text to key record, from the state store that billing writes. Entries are used for two seconds, then refreshed in the background
/// while still in use, and never used for longer than four: so a revoked key is refused within five seconds, and in steady state no
/// request waits for the store. Until billing has been ready once, a key that is not known may be one that it is about to set up: 503.
/// </summary>
internal sealed class KeyLookup(
    DaprClient dapr, ServicesCheck services, TimeProvider time, ILogger<KeyLookup> log, CompanyTokens? company = null)
{
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(2);

    /// <summary>A store that does not answer in time counts as unavailable: the requests that wait for it fail, and the next one reads again.</summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(5);

    private const int RetrySeconds = 2;

    private readonly KeyCache _cache = new(time);
    private readonly GroupLookup _groups = new(dapr, time);

    /// <summary>Reads under way, so that a key is read once however many requests wait for it.</summary>
    private readonly ConcurrentDictionary<KeyDigest, Lazy<Task<KeyRecord?>>> _reads = new();
    private volatile Identity? _identity;
    private volatile KeyHasher? _hasher;

    /// <summary>Billing has been ready: what is in the store is what its environment asks for.</summary>
    private volatile bool _settled;

    /// <summary>Users who have signed in, in the place of keys.</summary>
    public UserLookup Users { get; } = new(dapr, company);

    /// <summary>The record of the caller's key; an exception that says what is wrong when there is none that may be used.</summary>
    public ValueTask<KeyRecord> AuthenticateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = CallerKey.Of(request);
        if (caller.IsEmpty)
            throw new GatewayException(ErrorKind.Authentication, "No API key was given. Send it as 'x-api-key: <key>' or as 'Authorization: Bearer <key>'.");

        // Both headers with different values (Claude Code with a key helper): x-api-key counts if it is a key of this gateway.
        var first = caller.ApiKey ?? caller.Bearer!;
        if ((caller.Bearer is null || caller.ApiKey is null || caller.Bearer == caller.ApiKey) && first.Length > 0
            && TryCached(KeyDigest.Of(first), first, out var record))
            return new(Check(record, caller));
        return LookUpAsync(caller, cancellationToken);
    }

    /// <summary>Whether the request carries the admin key.</summary>
    public async ValueTask<bool> IsAdminAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = CallerKey.Of(request);
        if (caller.IsEmpty)
            return false;
        var settled = _settled;
        if (IsAdmin(caller, await IdentityAsync(cancellationToken)))
            return true;
        if (settled)
            return false;
        await SettleAsync(cancellationToken);
        return IsAdmin(caller, await IdentityAsync(cancellationToken));
    }

    /// <summary>Whether the identity that billing makes on its first start is there; nothing can be checked before.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        await IdentityAsync(cancellationToken);
        return true;
    }

    /// <summary>Null until the first key was found.</summary>
    public KeyHasher? KnownHasher => _hasher;

    /// <summary>Known since the first key was found.</summary>
    public KeyHasher Hasher => _hasher ?? throw new InvalidOperationException("No key has been found yet.");

    /// <summary>What a key is stored under.</summary>
    public async ValueTask<string> HashAsync(string key, CancellationToken cancellationToken) =>
        (await IdentityAsync(cancellationToken)).Hasher.Hash(key);

    /// <summary>What keys, codes and tokens are hashed by.</summary>
    public async ValueTask<KeyHasher> HasherAsync(CancellationToken cancellationToken) => (await IdentityAsync(cancellationToken)).Hasher;

    /// <summary>What stands in the key store; an exception that says so when it cannot be reached.</summary>
    public Task<T?> ReadAsync<T>(string name, CancellationToken cancellationToken) =>
        AskAsync<T?>(limited => dapr.GetStateAsync<T?>(ComponentNames.KeyStore, name, cancellationToken: limited), cancellationToken);

    /// <summary>Asks for who somebody is, within the time for it; an exception that says so when that cannot be found out.</summary>
    public static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadTimeout);
        try
        {
            return await ask(limit.Token);
        }
        catch (Exception e) when (e is not GatewayException && !cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(e);
        }
    }

    private static bool IsAdmin(CallerKey caller, Identity identity)
    {
        var expected = Encoding.ASCII.GetBytes(identity.AdminKeyHash);
        return Matches(caller.ApiKey) || Matches(caller.Bearer);

        bool Matches(string? key) =>
            key is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(identity.Hasher.Hash(key)), expected);
    }

    private async ValueTask<KeyRecord> LookUpAsync(CallerKey caller, CancellationToken cancellationToken)
    {
        KeyRecord? record = null;
        if (caller.ApiKey is not null)
            record = await FindAsync(caller.ApiKey, cancellationToken);
        if (caller.Bearer is not null && caller.Bearer != caller.ApiKey && record?.IsUsable(time.GetUtcNow()) != true)
            record = await FindAsync(caller.Bearer, cancellationToken) ?? record;
        return Check(record, caller);
    }

    private KeyRecord Check(KeyRecord? record, in CallerKey caller)
    {
        if (record is null)
            throw new GatewayException(ErrorKind.Authentication, WhyUnknown(caller));
        var now = time.GetUtcNow();
        if (record.RevokedAt <= now)
            throw new GatewayException(
                ErrorKind.Authentication, IsUser(record) ? "You have been signed out, or your account was deleted." : "The API key has been revoked.");
        if (record.ExpiresAt <= now)
            throw new GatewayException(
                ErrorKind.Authentication, IsUser(record) ? "The sign-in, or your account, has expired. Sign in again." : "The API key has expired.");
        if (record.PausedAt is not null)
            throw new GatewayException(ErrorKind.Permission, $"{(IsUser(record) ? "Your account" : "The API key")} is paused. An administrator can resume it.");
        if (record is { TeamId: null } && IsUser(record))
            throw new GatewayException(ErrorKind.Permission, "Your account belongs to no team of this gateway, so it may use no models.");
        return record.Groups is null ? record : CheckGroups(record, now);
    }

    private static bool IsUser(KeyRecord record) => AccountIds.IsUser(record.Id);

    private static KeyRecord CheckGroups(KeyRecord record, DateTimeOffset now)
    {
        foreach (var group in record.Groups!)
        {
            var name = AccountIds.IsTeam(group.Id) ? "team" : "organisation";
            var whose = IsUser(record) ? $"Your {name}" : $"The {name} of the API key";
            if (group.DeletedAt is not null)
                throw new GatewayException(
                    ErrorKind.Authentication, $"{whose} has been deleted. An administrator can move {(IsUser(record) ? "you" : "the key")}.");
            if (group.ExpiresAt <= now)
                throw new GatewayException(ErrorKind.Authentication, $"{whose} has expired.");
            if (group.PausedAt is not null)
                throw new GatewayException(ErrorKind.Permission, $"{whose} is paused. An administrator can resume it.");
        }

        return record;
    }

    private string WhyUnknown(in CallerKey caller) =>
        _identity is { } identity && IsAdmin(caller, identity)
            ? "This is the admin key, which opens /admin/v1 and nothing else. Send an API key; POST /admin/v1/keys makes one."
            : WhyNoSignIn(caller.ApiKey) ?? WhyNoSignIn(caller.Bearer) ?? ForeignKeys.Explain(caller.ApiKey) ?? ForeignKeys.Explain(caller.Bearer)
                ?? "The API key is not known to this gateway. Keys are made with POST /admin/v1/keys.";

    private string? WhyNoSignIn(string? key)
    {
        if (key is null)
            return null;
        if (key.StartsWith(TokenRecord.Prefix, StringComparison.Ordinal))
            return "This sign-in is over. Sign in again.";
        return Users.IsCompanyToken(key)
            ? "This token is none of the company's identity provider for this gateway, or is over: signature, issuer, audience and times must be right."
            : null;
    }

    private bool TryCached(in KeyDigest digest, string key, out KeyRecord? record)
    {
        var entry = _cache.Find(digest, out var age);
        record = entry?.Record;
        if (entry is not null && age > RefreshAfter && entry.StartRefresh())
            _ = RefreshAsync(digest, key);
        return entry is not null;
    }

    private async ValueTask<KeyRecord?> FindAsync(string key, CancellationToken cancellationToken)
    {
        // Nothing that could be a key.
        if (key.Length == 0)
            return null;
        var digest = KeyDigest.Of(key);
        if (TryCached(digest, key, out var record))
            return record;
        try
        {
            return await ReadAsync(digest, key).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException and not GatewayException)
        {
            throw Unavailable(e);
        }
    }

    private async Task RefreshAsync(KeyDigest digest, string key)
    {
        try
        {
            await ReadAsync(digest, key);
        }
        catch (Exception e)
        {
            // The old entry runs out within seconds; the next request then gets the reason.
            Log.KeyRefreshFailed(log, e);
        }
    }

    private Task<KeyRecord?> ReadAsync(in KeyDigest digest, string key) => _reads.GetOrAdd(
        digest,
        static (digest, state) => new Lazy<Task<KeyRecord?>>(() => state.Lookup.ReadOnceAsync(digest, state.Key)),
        (Lookup: this, Key: key)).Value;

    private async Task<KeyRecord?> ReadOnceAsync(KeyDigest digest, string key)
    {
        // The dictionary has this task before it can be done.
        await Task.Yield();
        using var limit = new CancellationTokenSource(ReadTimeout, time);
        try
        {
            var now = time.GetTimestamp();
            var settled = _settled;
            var record = await StoredAsync(key, limit.Token);
            if (record is null && !settled)
            {
                await SettleAsync(limit.Token);
                record = await StoredAsync(key, limit.Token);
            }

            if (record is not null)
                record = await _groups.WithGroupsAsync(record, limit.Token);
            _cache.Put(digest, record, now);
            return record;
        }
        catch (OperationCanceledException e)
        {
            throw Unavailable(e);
        }
        finally
        {
            _reads.TryRemove(digest, out _);
        }
    }

    private async Task<KeyRecord?> StoredAsync(string key, CancellationToken cancellationToken)
    {
        var identity = await IdentityAsync(cancellationToken);
        if (Users.IsCompanyToken(key) && await Users.OfCompanyTokenAsync(key, cancellationToken) is { } user)
            return user;
        if (key.Length > KeyHasher.MaxKeyLength)
            return null;
        var hash = identity.Hasher.Hash(key);
        return key.StartsWith(TokenRecord.Prefix, StringComparison.Ordinal)
            ? await Users.OfTokenAsync(hash, cancellationToken)
            : await dapr.GetStateAsync<KeyRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash), cancellationToken: cancellationToken);
    }

    /// <summary>Returns once billing has been ready; what was read before is read again.</summary>
    /// <exception cref="GatewayException">It has not.</exception>
    private async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_settled)
            return;
        if (!await services.HasAnsweredAsync(AppIds.Billing, cancellationToken))
            throw new GatewayException(
                ErrorKind.ServiceUnavailable,
                "The gateway is starting: its billing service is not ready yet, so the key cannot be checked. Try again in a few seconds.")
            {
                RetryAfterSeconds = RetrySeconds,
            };
        _identity = null;
        _settled = true;
    }

    private async ValueTask<Identity> IdentityAsync(CancellationToken cancellationToken)
    {
        var known = _identity;
        if (known is not null && time.GetElapsedTime(known.Read) <= KeyCache.MaxLifetime)
            return known;
        try
        {
            var now = time.GetTimestamp();
            var identity = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity, cancellationToken: cancellationToken)
                ?? throw new GatewayException(
                    ErrorKind.ServiceUnavailable,
                    "The gateway is starting: its billing service has not set up the key store yet. Try again in a few seconds.");
            _hasher = new KeyHasher(identity.HashSecret);
            return _identity = new Identity(identity.AdminKeyHash, _hasher, now);
        }
        catch (Exception e) when (e is not OperationCanceledException and not GatewayException)
        {
            throw Unavailable(e);
        }
    }

    private static GatewayException Unavailable(Exception e) =>
        new(ErrorKind.ServiceUnavailable, "The key store cannot be reached, so the API key cannot be checked. Try again in a few seconds.", e);

    private sealed record Identity(string AdminKeyHash, KeyHasher Hasher, long Read);
}
