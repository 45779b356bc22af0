using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Keys;

namespace Gateway.Ingress.Managed;

/// <summary>
/// Who asks for managed settings or sends telemetry. Who has been told of a credential once is remembered, in a file, too: while the store is away a
/// known one still gets what is its own, also from a process that has just started. Nothing else is opened by it.
/// </summary>
internal sealed class KnownCallers(KeyLookup keys, IngressOptions options, TimeProvider time, ILogger<KnownCallers> log)
{
    private const int Most = 20_000;

    /// <summary>A client asks about hourly, and what it asks with is renewed.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    /// <summary>The time of the last check is kept no finer than so.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromHours(6);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);

    private readonly SettingsFile _file = new(options.OutboxDirectory);
    private readonly ConcurrentDictionary<string, KnownCaller> _callers = new(StringComparer.Ordinal);
    private byte[] _salt = RandomNumberGenerator.GetBytes(32);
    private volatile bool _changed;
    private bool _failing;

    /// <summary>Null: it cannot be checked now, and has not been here before.</summary>
    /// <exception cref="GatewayException">Nobody knows the credential, or there is none: a 401.</exception>
    public async ValueTask<KnownCaller?> FindAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var key = await keys.AuthenticateAsync(request, cancellationToken).AsTask().WaitAsync(LongestLook, time, cancellationToken);
            return Remember(request, key);
        }
        catch (GatewayException e) when (e.Kind == ErrorKind.Authentication)
        {
            _changed |= _callers.TryRemove(HashOf(request), out _);
            throw;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Paused, or not to be checked now. It is none of these calls' business to say so: a client that is told does not start.
            return _callers.GetValueOrDefault(HashOf(request));
        }
    }

    public void Load()
    {
        try
        {
            if (_file.ReadCallers() is not { } stored)
                return;
            _salt = Convert.FromBase64String(stored.Salt);
            foreach (var caller in stored.Callers.Where(c => c.Seen + Remembered > time.GetUtcNow()).Take(Most))
                _callers[caller.Hash] = caller;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            Log.SettingsFileUnread(log, e);
        }
    }

    public void SaveIfChanged()
    {
        if (!_changed)
            return;
        _changed = false;
        try
        {
            _file.Write(new StoredCallers { Salt = Convert.ToBase64String(_salt), Callers = [.. _callers.Values] });
            _failing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _changed = true;
            if (!_failing)
                Log.SettingsFileUnwritten(log, e);
            _failing = true;
        }
    }

    private KnownCaller Remember(HttpRequest request, KeyRecord key)
    {
        var now = time.GetUtcNow();
        var caller = new KnownCaller { Hash = HashOf(request), Accounts = key.Accounts ?? [key.Id], UserIds = key.UserIds, Seen = now };
        if (_callers.TryGetValue(caller.Hash, out var known) && known.Seen + Step > now && known.UserIds == caller.UserIds
            && known.Accounts.SequenceEqual(caller.Accounts))
            return caller;
        if (known is null && _callers.Count >= Most)
            Forget(now);
        _callers[caller.Hash] = caller;
        _changed = true;
        return caller;
    }

    /// <summary>Those of too long ago, and of the rest a tenth, the oldest first: not for each new one anew.</summary>
    private void Forget(DateTimeOffset now)
    {
        var oldest = _callers.Values.OrderBy(c => c.Seen).ToList();
        for (var i = 0; i < oldest.Count && (i < Most / 10 || oldest[i].Seen + Remembered <= now); i++)
            _callers.TryRemove(oldest[i].Hash, out _);
    }

    /// <summary>Of both credentials that a request may carry, together: which of them was the good one is not known here.</summary>
    private string HashOf(HttpRequest request)
    {
        var caller = CallerKey.Of(request);
        return Convert.ToHexStringLower(HMACSHA256.HashData(_salt, Encoding.UTF8.GetBytes($"{caller.ApiKey}\n{caller.Bearer}")));
    }
}
