namespace Gateway.ProviderAdapter.Calls;

/// <summary>The one cancellation of a call to a provider: the client leaving, or a time limit that begins anew as the answer proceeds.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationToken _clientLeft;
    private readonly CancellationTokenSource _source;

    public Deadline(CancellationToken clientLeft)
    {
        _clientLeft = clientLeft;
        _source = CancellationTokenSource.CreateLinkedTokenSource(clientLeft);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the client; else, once <see cref="Token"/> is cancelled, time ran out.</summary>
    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    public bool TimedOut => _source.IsCancellationRequested && !ClientLeft;

    /// <summary>Starts the time limit anew: <see cref="Token"/> is cancelled after so many milliseconds, in place of what was left.</summary>
    public void CancelAfter(int milliseconds) => _source.CancelAfter(milliseconds);

    /// <summary>Stops the time limit: what is waited for now is not the provider.</summary>
    public void Pause() => _source.CancelAfter(Timeout.Infinite);

    public void Dispose() => _source.Dispose();
}
