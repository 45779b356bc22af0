using Gateway.Hosting;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// A directory of segment files that one process at a time may use. Several ingress processes on one machine share a parent directory;
/// each takes a slot of its own, and what a dead one left behind is taken over by whoever starts next.
/// </summary>
internal sealed class OutboxSlot : IDisposable
{
    private FileStream _lock;

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

    /// <summary>
    /// Makes the slot again where somebody has taken it away. Not what it lies in: that may be a disk that is not there just now, and whose place
    /// is on another.
    /// </summary>
    public void Restore()
    {
        if (System.IO.Directory.Exists(Directory))
            return;
        if (!System.IO.Directory.Exists(Path.GetDirectoryName(Directory)))
            throw new DirectoryNotFoundException("The folder of the outbox is gone.");
        PrivateFiles.CreateDirectory(Directory);
        var taken = Lock(Directory);
        _lock.Dispose();
        _lock = taken;
    }

    public void Dispose() => _lock.Dispose();

    private static OutboxSlot? TryTake(string directory)
    {
        PrivateFiles.CreateDirectory(directory);
        try
        {
            return new OutboxSlot(directory, Lock(directory));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>No sharing is an exclusive lock that the system drops with the process, however it dies.</summary>
    private static FileStream Lock(string directory) =>
        PrivateFiles.Open(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
