namespace Gateway.Fakes;

/// <summary>One line of a script: which requests it takes, how many of them, and what they get.</summary>
internal sealed class Rule(Func<RecordedRequest, bool>? when, Func<RecordedRequest, Answer> answer, bool once)
{
    private int _used;

    /// <summary>The answer, if this line takes the request; a line for one request takes one, however many come at once.</summary>
    public Answer? TryTake(RecordedRequest request)
    {
        if ((once && Volatile.Read(ref _used) != 0) || (when is not null && !when(request)))
            return null;
        return once && Interlocked.Exchange(ref _used, 1) != 0 ? null : answer(request);
    }
}
