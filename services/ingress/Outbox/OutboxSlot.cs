namespace Gateway.Ingress.Outbox;

/// <summary>
/// A directory of segment files that one process at a time may use. Several ingress processes on one machine share a parent directory;
/// each takes a slot of its own, and what a dead one left behind is taken over by whoever starts next.
/// </summary>
internal sealed class OutboxSlot : IDisposable
{
    private readonly FileStream _lock;

    private OutboxSlot(string directory, FileStream @lock)
    {
        Directory = directory;
        _lock = @lock;
    }

    public string Directory { get; }

    /// <summary>The first slot that nobody uses.</summary>
    public static OutboxSlot Take(string parent)
    {
        for (var n = 0; ; n++)
        {
            if (TryTake(Path.Combine(parent, $"slot-{n}")) is { } slot)
                return slot;
        }
    }

    /// <summary>Slots that exist under <paramref name="parent"/> and that nobody uses any more.</summary>
    public static IEnumerable<OutboxSlot> TakeAbandoned(string parent)
    {
        if (!System.IO.Directory.Exists(parent))
            yield break;
        foreach (var directory in System.IO.Directory.EnumerateDirectories(parent, "slot-*"))
        {
            if (TryTake(directory) is { } slot)
                yield return slot;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static OutboxSlot? TryTake(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        try
        {
            // No sharing is an exclusive lock that the system drops with the process, however it dies.
            return new OutboxSlot(directory, new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
