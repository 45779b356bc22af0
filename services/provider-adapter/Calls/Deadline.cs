namespace Gateway.ProviderAdapter.Calls;

/// <summary>The one cancellation of a call to a provider: the client leaving, or a time limit that begins anew as the answer proceeds.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationToken _clientGone;
    private readonly CancellationTokenSource _source;

    public Deadline(CancellationToken clientGone)
    {
        _clientGone = clientGone;
        _source = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the client; else, once <see cref="Token"/> is cancelled, time ran out.</summary>
    public bool ClientGone => _clientGone.IsCancellationRequested;

    public bool Passed => _source.IsCancellationRequested && !ClientGone;

    /// <summary>From now on so long, in place of what was left.</summary>
    public void Within(int milliseconds) => _source.CancelAfter(milliseconds);

    /// <summary>No time runs: the wait is not the provider's doing.</summary>
    public void Pause() => _source.CancelAfter(Timeout.Infinite);

    public void Dispose() => _source.Dispose();
}
