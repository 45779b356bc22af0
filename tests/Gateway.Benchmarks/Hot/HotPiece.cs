namespace Gateway.Benchmarks.Hot;

/// <summary>A piece of the request path that runs for every request or every event, on made-up input of the usual size.</summary>
/// <param name="Name">As in allocation-limits.json.</param>
/// <param name="Units">Events or requests that one run handles.</param>
/// <param name="Run">May be called over and over, by one thread.</param>
internal sealed record HotPiece(string Name, int Units, Action Run)
{
    /// <summary>
    /// Bytes allocated per unit, once everything that is made once has been made: the least of some rounds, since a collection that falls into one of them
    /// empties pools that the next ones need not fill again.
    /// </summary>
    public double AllocatedPerUnit()
    {
        const int Rounds = 5;
        const int Runs = 20;
        for (var i = 0; i < 5; i++)
            Run();
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Runs; i++)
                Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / (double)(Runs * Units);
    }
}
