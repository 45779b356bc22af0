namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Answers for a row that went to its subscriber before it was written: until it has ended, its publisher has no answer and would publish it
/// again. It ends when all of the row is settled; when that takes long, once the row is on the disk.
/// </summary>
internal sealed class Custody
{
    /// <summary>Above all numbers of rows in the table.</summary>
    private static long _last = 1L << 62;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _sync = new();
    private bool _isSettled, _isStored;

    public long Number { get; } = Interlocked.Increment(ref _last);

    /// <summary>Fails where the row was to be stored and could not be.</summary>
    public Task Ended => _ended.Task;

    /// <summary>All of the row is settled.</summary>
    /// <returns>False: it is being stored, and has to leave the table once it is there.</returns>
    public bool TryEnd()
    {
        lock (_sync)
        {
            if (_isStored)
                return false;
            _isSettled = true;
        }

        _ended.TrySetResult();
        return true;
    }

    /// <summary>Stores the row if it is not settled.</summary>
    /// <exception cref="Exception">It is neither settled nor on the disk.</exception>
    public async Task StoreAsync(Func<Task> write)
    {
        lock (_sync)
        {
            if (_isSettled)
                return;
            _isStored = true;
        }

        try
        {
            await write();
            _ended.TrySetResult();
        }
        catch (Exception error)
        {
            _ended.TrySetException(error);
            throw;
        }
    }
}
