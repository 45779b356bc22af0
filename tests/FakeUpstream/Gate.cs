namespace Gateway.Fakes;

/// <summary>
/// Holds an answer at a step until the test lets it pass. Proves order: what was sent before the gate must have arrived
/// while nothing after it can have been sent.
/// </summary>
public sealed class Gate
{
    private readonly SemaphoreSlim _permits = new(0);
    private readonly SemaphoreSlim _arrivals = new(0);

    /// <summary>Lets the next <paramref name="count"/> arrivals pass.</summary>
    public void Release(int count = 1) => _permits.Release(count);

    /// <summary>Waits until an answer has come to the gate (one call per arrival).</summary>
    public async Task ReachedAsync(TimeSpan? timeout = null)
    {
        if (!await _arrivals.WaitAsync(timeout ?? FakeUpstream.DefaultTimeout))
            throw new TimeoutException("No answer reached the gate.");
    }

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        _arrivals.Release();
        return _permits.WaitAsync(cancellationToken);
    }
}
