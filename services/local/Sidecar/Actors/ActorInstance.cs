namespace Gateway.Local.Sidecar.Actors;

/// <summary>An active actor: one turn at a time, in the order they came.</summary>
internal sealed class ActorInstance(ActorKey key) : IDisposable
{
    private string? _turnId;
    private int _depth;

    public ActorKey Key { get; } = key;

    public SemaphoreSlim Turn { get; } = new(1, 1);

    public ITimer? IdleTimer { get; set; }

    public long LastUse { get; set; }

    /// <summary>Deactivated; whoever waited for a turn has to activate it anew.</summary>
    public bool IsGone { get; set; }

    /// <summary>The id under which calls back into this actor count as part of the present turn.</summary>
    public void BeginTurn(string? reentrancyId)
    {
        _turnId = reentrancyId;
        _depth = 1;
    }

    public void EndTurn() => _turnId = null;

    /// <summary>True when the call comes from within the present turn; it then runs without waiting.</summary>
    /// <exception cref="SidecarFault">The circle is deeper than the app allows.</exception>
    public bool TryReenter(string? reentrancyId, int maxDepth)
    {
        if (reentrancyId is null || reentrancyId != Volatile.Read(ref _turnId))
            return false;
        if (Interlocked.Increment(ref _depth) <= maxDepth)
            return true;
        Interlocked.Decrement(ref _depth);
        throw new SidecarFault(500, "ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: maximum stack depth exceeded");
    }

    public void LeaveReentry() => Interlocked.Decrement(ref _depth);

    public void Dispose()
    {
        IdleTimer?.Dispose();
        Turn.Dispose();
    }
}
