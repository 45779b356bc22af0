namespace Gateway.Ingress.Outbox;

/// <summary>
/// How long the oldest event has waited for the broker at least, told from looks at the counts, so that it costs nothing between them: exact to the time
/// between two looks.
/// </summary>
internal sealed class OutboxAge(UsageOutbox outbox, TimeProvider time)
{
    /// <summary>Looks of a day at one in 15 seconds; more only make it less exact.</summary>
    private const int MostLooks = 6_000;

    private readonly Queue<(long Appended, long At)> _looks = new();
    private readonly Lock _looking = new();

    public double Look()
    {
        lock (_looking)
        {
            var (appended, published) = (outbox.Appended, outbox.Published);
            // What was there at that look has been published since.
            while (_looks.TryPeek(out var look) && look.Appended <= published)
                _looks.Dequeue();
            if (appended <= published)
                return 0;
            if (_looks.Count < MostLooks)
                _looks.Enqueue((appended, time.GetTimestamp()));
            return time.GetElapsedTime(_looks.Peek().At).TotalSeconds;
        }
    }
}
