namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// The one cancellation of a call to a provider: the client leaving, this service stopping, or a time limit that begins anew as the answer
/// proceeds.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationToken _clientLeft;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _source;

    public Deadline(CancellationToken clientLeft, CancellationToken stopping)
    {
        _clientLeft = clientLeft;
        _stopping = stopping;
        _source = CancellationTokenSource.CreateLinkedTokenSource(clientLeft, stopping);
    }

    public CancellationToken Token => _source.Token;

    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    public bool Stopping => _stopping.IsCancellationRequested && !ClientLeft;

    public bool TimedOut => _source.IsCancellationRequested && !ClientLeft && !Stopping;

    /// <summary>Starts the time limit anew: <see cref="Token"/> is cancelled after so many milliseconds, in place of what was left.</summary>
    public void CancelAfter(int milliseconds) => _source.CancelAfter(milliseconds);

    /// <summary>Stops the time limit: what is waited for now is not the provider.</summary>
    public void Pause() => _source.CancelAfter(Timeout.Infinite);

    public void Dispose() => _source.Dispose();
}
