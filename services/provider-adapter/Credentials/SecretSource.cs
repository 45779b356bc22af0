using System.Collections.Concurrent;

namespace Gateway.ProviderAdapter.Credentials;

/// <summary>Reads one secret from the store: its values by key, as the Dapr secret API gives them.</summary>
internal delegate Task<Dictionary<string, string>> ReadSecret(string name, CancellationToken cancellationToken);

/// <summary>
/// Providers' credentials by their name in the secret store, kept for a few minutes. One that the provider refuses is read again at once,
/// so a rotated credential works with the first call after its change; but not more often than every few seconds.
/// </summary>
internal sealed class SecretSource(ReadSecret read, SecretMask mask, TimeProvider time, ILogger<SecretSource> log)
{
    private static readonly TimeSpan CacheLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MinRefreshInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, CachedSecret> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<string?>>> _reads = new(StringComparer.Ordinal);

    /// <summary>The credential, or null when the store has none of that name.</summary>
    public ValueTask<string?> GetAsync(string name) =>
        _cache.TryGetValue(name, out var cached) && cached.Value is not null && time.GetElapsedTime(cached.ReadAt) < CacheLifetime
            ? ValueTask.FromResult<string?>(cached.Value)
            : new ValueTask<string?>(ReadAsync(name, cached));

    /// <summary>After the provider refused <paramref name="refused"/>: the credential the store has now, if it is another one.</summary>
    public async ValueTask<string?> ChangedAsync(string name, string refused)
    {
        _cache.TryGetValue(name, out var cached);
        if (cached?.Value == refused)
        {
            if (time.GetElapsedTime(cached.ReadAt) < MinRefreshInterval)
                return null;
            return await ReadAsync(name, cached) is { } value && value != refused ? value : null;
        }

        return await GetAsync(name) is { } newer && newer != refused ? newer : null;
    }

    /// <summary>One read for all that need the secret now, however many calls find it missing or old at once.</summary>
    private Task<string?> ReadAsync(string name, CachedSecret? before) =>
        _reads.GetOrAdd(name, _ => new Lazy<Task<string?>>(() => ReadOnceAsync(name, before))).Value;

    private async Task<string?> ReadOnceAsync(string name, CachedSecret? before)
    {
        // The dictionary has this task before it can be done.
        await Task.Yield();
        try
        {
            // Not bound to one caller: what is read here is for all of them.
            using var limit = new CancellationTokenSource(ReadTimeout);
            var values = await read(name, limit.Token);
            var value = values.TryGetValue(name, out var own) ? own : values.Count == 1 ? values.Values.First() : null;
            // Dapr's environment store answers an unset variable with an empty value.
            value = string.IsNullOrWhiteSpace(value) ? null : value.Trim();
            // A file that credentials are got with is never sent to a provider, and far longer than what is.
            if (value is not null && !value.StartsWith('{'))
                mask.Learn(value);
            _cache[name] = new CachedSecret(value, time.GetTimestamp());
            return value;
        }
        catch (Exception e)
        {
            // A store that does not answer takes no credential away that worked a moment ago.
            var cause = e.InnerException?.Message;
            Log.SecretUnavailable(log, name, e.Message, cause);
            return before?.Value;
        }
        finally
        {
            _reads.TryRemove(name, out _);
        }
    }

    private sealed record CachedSecret(string? Value, long ReadAt);
}
