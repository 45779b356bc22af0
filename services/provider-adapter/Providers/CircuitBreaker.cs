using Gateway.Contracts.Providers;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// Keeps calls from a provider that is down, so that they fail over at once and do not add to its load. After a pause one call is let
/// through to see; the others wait for its verdict.
/// </summary>
internal sealed class CircuitBreaker(BreakerOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private int _failures;
    private TimeSpan _pause = options.OpenFor;
    private long _openedAt;
    private DateTimeOffset? _since;
    private bool _open;
    private bool _trying;

    private TimeSpan Left => _pause - time.GetElapsedTime(_openedAt);

    public bool IsOpen => Volatile.Read(ref _open);

    /// <summary>False while open, with the time until it is worth another try.</summary>
    /// <param name="trial">Whether this call is the one that decides; to be given back with its outcome.</param>
    public bool TryEnter(out bool trial, out TimeSpan retryAfter)
    {
        trial = false;
        retryAfter = default;
        // Closed is the normal case and needs no lock: at worst one more call slips through as it opens.
        if (!Volatile.Read(ref _open))
            return true;
        lock (_lock)
        {
            if (!_open)
                return true;
            var left = Left;
            if (left <= TimeSpan.Zero && !_trying)
            {
                _trying = trial = true;
                return true;
            }

            retryAfter = left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1);
            return false;
        }
    }

    /// <summary>The provider answered. True if that closed the breaker.</summary>
    public bool Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0 && !Volatile.Read(ref _open))
            return false;
        lock (_lock)
        {
            var wasOpen = _open;
            if (wasOpen)
                _since = time.GetUtcNow();
            _failures = 0;
            _pause = options.OpenFor;
            _open = _trying = false;
            return wasOpen;
        }
    }

    /// <summary>The provider failed. True if that opened the breaker.</summary>
    public bool Failed(bool trial)
    {
        lock (_lock)
        {
            _failures++;
            if (_open)
            {
                // Of a call from before it opened nothing new is learnt; of the trial, that it is still down.
                if (trial)
                {
                    _trying = false;
                    _openedAt = time.GetTimestamp();
                    _pause = _pause * 2 < BreakerOptions.MaxOpenTime ? _pause * 2 : BreakerOptions.MaxOpenTime;
                }

                return false;
            }

            if (_failures < options.Failures)
                return false;
            _open = true;
            _openedAt = time.GetTimestamp();
            _since = time.GetUtcNow();
            return true;
        }
    }

    /// <summary>How it stands, for whoever looks.</summary>
    /// <param name="model">Whose it is.</param>
    public BreakerStatus StatusOf(string model)
    {
        lock (_lock)
        {
            return new()
            {
                Model = model,
                State = !_open ? BreakerState.Closed : _trying ? BreakerState.Trying : BreakerState.Open,
                Since = _since,
                TriesAt = _open && !_trying ? time.GetUtcNow() + Left : null,
                Failures = _failures,
            };
        }
    }

    /// <summary>The call ended without telling anything of the provider, because its client left; another may try.</summary>
    public void Abandoned(bool trial)
    {
        if (!trial)
            return;
        lock (_lock)
            _trying = false;
    }
}
