using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>
/// Keeps what a cloud gives for a while: got once for all that need it, renewed ahead of its end while requests go on with the old one, and at once after
/// the provider has refused it.
/// <code>
///   got -------------------------------- 5 minutes before its end ----------- its end ---------
///        used without any call             used, renewed in the background     waited for
/// </code>
/// </summary>
/// <param name="provider">Its name, for messages.</param>
/// <param name="fetch">Gets it; told whether the last one was refused, so that nothing remembered may be given.</param>
/// <param name="secrets">What of it must not be seen by anybody.</param>
internal sealed class LeaseSource<T>(
    string provider, Func<bool, CancellationToken, Task<Lease<T>>> fetch, Func<T, string?> secrets, SecretMask mask, TimeProvider time, ILogger log)
    where T : class
{
    private const int MaxReason = 300;

    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(30);

    /// <summary>After a failure, and after a renewal that gave the same again.</summary>
    private static readonly TimeSpan BetweenFetches = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Held? _held;
    private Task<Held>? _fetching;
    private GatewayException? _failure;
    private long _fetchedAt;
    private string? _secret;
    private string? _secretBefore;

    /// <summary>Why the last try to get it failed; null where it did not.</summary>
    public string? Problem => Volatile.Read(ref _failure)?.Message;

    /// <exception cref="GatewayException">There is none, and none could be got.</exception>
    public ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        var held = Volatile.Read(ref _held);
        var now = time.GetUtcNow();
        if (held is null || now >= held.Lease.Expires)
            return WaitAsync(cancellationToken);
        if (now >= held.RenewAt)
            _ = Fetch(anew: false);
        return ValueTask.FromResult(held.Lease.Value);
    }

    /// <summary>After the provider has refused one. True where another may do: it has been renewed since, or will be now.</summary>
    public bool Refused(T refused)
    {
        lock (_lock)
        {
            if (_held is null || !ReferenceEquals(_held.Lease.Value, refused))
                return true;
            // What has no end is given, and not got from anywhere.
            if (_held.Lease.Expires == DateTimeOffset.MaxValue || time.GetElapsedTime(_fetchedAt) < BetweenFetches)
                return false;
            _held = null;
        }

        _ = Fetch(anew: true);
        return true;
    }

    private async ValueTask<T> WaitAsync(CancellationToken cancellationToken) =>
        (await (Fetch(anew: false) ?? throw _failure!).WaitAsync(cancellationToken)).Lease.Value;

    /// <summary>The one that is under way, or a new one. Null where the last has just failed.</summary>
    private Task<Held>? Fetch(bool anew)
    {
        lock (_lock)
        {
            if (_fetching is not null)
                return _fetching;
            if (!anew && _fetchedAt != 0 && time.GetElapsedTime(_fetchedAt) < BetweenFetches)
                return _held is not null && _failure is null ? Task.FromResult(_held) : null;
            _fetching = FetchAsync(anew);
            // Nobody may be waiting for it.
            _ = _fetching.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return _fetching;
        }
    }

    private async Task<Held> FetchAsync(bool anew)
    {
        // The field has this task before it can be done.
        await Task.Yield();
        try
        {
            using var limit = new CancellationTokenSource(FetchLimit);
            var lease = await fetch(anew, limit.Token).WaitAsync(limit.Token);
            Learn(lease.Value);
            var now = time.GetUtcNow();
            var ahead = TimeSpan.FromTicks(Math.Min(Ahead.Ticks, (lease.Expires - now).Ticks / 2));
            lock (_lock)
            {
                _failure = null;
                _held = new Held(lease, lease.Expires - ahead);
                return _held;
            }
        }
        catch (Exception e)
        {
            var reason = e is OperationCanceledException ? $"no answer within {FetchLimit.TotalSeconds} s" : LogText.Of(mask.Apply(e.Message), MaxReason);
            var failure = new GatewayException(
                ErrorKind.ProviderCredentials,
                $"Provider '{provider}': its cloud gave the gateway no credentials ({reason}). This is for the operator of the gateway to fix.", e);
            lock (_lock)
                _failure = failure;
            Log.NoCloudCredentials(log, provider, reason);
            throw failure;
        }
        finally
        {
            lock (_lock)
            {
                _fetchedAt = Math.Max(1, time.GetTimestamp());
                _fetching = null;
            }
        }
    }

    private void Learn(T value)
    {
        if (secrets(value) is not { } secret || secret == _secret)
            return;
        mask.Learn(secret);
        // A provider may still repeat the last one, and no longer the one before.
        if (_secretBefore is not null)
            mask.Forget(_secretBefore);
        (_secretBefore, _secret) = (_secret, secret);
    }

    private sealed record Held(Lease<T> Lease, DateTimeOffset RenewAt);
}
