using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Keys;

/// <summary>
/// Key text to key record, from the state store that billing writes. Entries are used for two seconds, then refreshed in the background
/// while still in use, and never used for longer than four: so a revoked key is refused within five seconds, and in steady state no
/// request waits for the store.
/// </summary>
internal sealed class KeyLookup(DaprClient dapr, TimeProvider time, ILogger<KeyLookup> log)
{
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromSeconds(4);

    /// <summary>A key that was not there may just have been made.</summary>
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromMilliseconds(500);

    /// <summary>A store that does not answer in time counts as unavailable: the requests that wait for it fail, and the next one reads again.</summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Keeps a flood of made-up keys from filling the memory.</summary>
    private const int MaxEntries = 200_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private Identity? _identity;

    /// <summary>The record of the caller's key; an exception that says what is wrong when there is none that may be used.</summary>
    public ValueTask<KeyRecord> AuthenticateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = CallerKey.Of(request);
        if (caller.IsEmpty)
            throw new GatewayException(ErrorKind.Authentication, "No API key was given. Send it as 'x-api-key: <key>' or as 'Authorization: Bearer <key>'.");

        // Both headers with different values (Claude Code with a key helper): x-api-key counts if it is a key of this gateway.
        var first = caller.ApiKey ?? caller.Bearer!;
        if ((caller.Bearer is null || caller.ApiKey is null || caller.Bearer == caller.ApiKey) && TryCached(first, out var record))
            return new(Check(record));
        return LookUpAsync(caller, cancellationToken);
    }

    /// <summary>Whether the request carries the admin key.</summary>
    public async ValueTask<bool> IsAdminAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = CallerKey.Of(request);
        if (caller.IsEmpty)
            return false;
        var (adminKeyHash, hasher, _) = await IdentityAsync(cancellationToken);
        var expected = Encoding.ASCII.GetBytes(adminKeyHash);
        return Matches(caller.ApiKey) || Matches(caller.Bearer);

        bool Matches(string? key) => key is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hasher.Hash(key)), expected);
    }

    /// <summary>Whether the identity that billing makes on its first start is there; nothing can be checked before.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        await IdentityAsync(cancellationToken);
        return true;
    }

    private async ValueTask<KeyRecord> LookUpAsync(CallerKey caller, CancellationToken cancellationToken)
    {
        KeyRecord? record = null;
        if (caller.ApiKey is not null)
            record = await FindAsync(caller.ApiKey, cancellationToken);
        if (caller.Bearer is not null && caller.Bearer != caller.ApiKey && record?.IsUsable(time.GetUtcNow()) != true)
            record = await FindAsync(caller.Bearer, cancellationToken) ?? record;
        return Check(record);
    }

    private KeyRecord Check(KeyRecord? record)
    {
        if (record is null)
            throw new GatewayException(ErrorKind.Authentication, "The API key is not known to this gateway. Keys are made with POST /admin/v1/keys.");
        var now = time.GetUtcNow();
        if (record.RevokedAt <= now)
            throw new GatewayException(ErrorKind.Authentication, "The API key has been revoked.");
        if (record.ExpiresAt <= now)
            throw new GatewayException(ErrorKind.Authentication, "The API key has expired.");
        return record;
    }

    private bool TryCached(string key, out KeyRecord? record)
    {
        record = null;
        if (!_entries.TryGetValue(key, out var entry))
            return false;
        if (!entry.Found.IsCompletedSuccessfully)
            return false;
        var age = time.GetElapsedTime(entry.Read);
        if (age > (entry.Found.Result is null ? UnknownLifetime : MaxLifetime))
            return false;
        if (age > RefreshAfter && entry.StartRefresh())
            _ = RefreshAsync(key);
        record = entry.Found.Result;
        return true;
    }

    private async ValueTask<KeyRecord?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (TryCached(key, out var record))
            return record;
        if (_entries.Count > MaxEntries)
            _entries.Clear();

        // One read however many requests wait for it.
        var now = time.GetTimestamp();
        var entry = _entries.AddOrUpdate(
            key,
            static (k, s) => new Entry(s.Lookup.ReadAsync(k), s.Now),
            static (k, old, s) => s.Lookup.IsUsableOrPending(old) ? old : new Entry(s.Lookup.ReadAsync(k), s.Now),
            (Lookup: this, Now: now));
        try
        {
            return await entry.Found.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException and not GatewayException)
        {
            _entries.TryRemove(new(key, entry));
            throw Unavailable(e);
        }
    }

    private bool IsUsableOrPending(Entry entry) =>
        !entry.Found.IsCompleted ||
        (entry.Found.IsCompletedSuccessfully && time.GetElapsedTime(entry.Read) <= (entry.Found.Result is null ? UnknownLifetime : MaxLifetime));

    private async Task RefreshAsync(string key)
    {
        var now = time.GetTimestamp();
        var read = ReadAsync(key);
        try
        {
            await read;
            _entries[key] = new Entry(read, now);
        }
        catch (Exception e)
        {
            // The old entry runs out within seconds; the next request then gets the reason.
            Log.KeyRefreshFailed(log, e);
        }
    }

    private async Task<KeyRecord?> ReadAsync(string key)
    {
        using var limit = new CancellationTokenSource(ReadTimeout, time);
        try
        {
            var identity = await IdentityAsync(limit.Token);
            return await dapr.GetStateAsync<KeyRecord?>(
                ComponentNames.KeyStore, KeyStoreKeys.OfHash(identity.Hasher.Hash(key)), cancellationToken: limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw Unavailable(e);
        }
    }

    private async ValueTask<Identity> IdentityAsync(CancellationToken cancellationToken)
    {
        var known = _identity;
        if (known is not null && time.GetElapsedTime(known.Read) <= MaxLifetime)
            return known;
        try
        {
            var now = time.GetTimestamp();
            var identity = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity, cancellationToken: cancellationToken)
                ?? throw new GatewayException(
                    ErrorKind.ServiceUnavailable,
                    "The gateway is starting: its billing service has not set up the key store yet. Try again in a few seconds.");
            return _identity = new Identity(identity.AdminKeyHash, new KeyHasher(identity.HashSecret), now);
        }
        catch (Exception e) when (e is not OperationCanceledException and not GatewayException)
        {
            throw Unavailable(e);
        }
    }

    private static GatewayException Unavailable(Exception e) =>
        new(ErrorKind.ServiceUnavailable, "The key store cannot be reached, so the API key cannot be checked. Try again in a few seconds.", e);

    private sealed record Identity(string AdminKeyHash, KeyHasher Hasher, long Read);

    private sealed class Entry(Task<KeyRecord?> found, long read)
    {
        private int _refreshing;

        public Task<KeyRecord?> Found => found;

        public long Read => read;

        public bool StartRefresh() => Interlocked.Exchange(ref _refreshing, 1) == 0;
    }
}
