using System.Globalization;
using Gateway.Hosting;

namespace Gateway.Local;

/// <summary>The folder of <c>--data</c>: this user's alone, and started on again only with the database that belongs to it.</summary>
internal sealed class DataFolder
{
    private const string Mark = "started";
    private const string DatabaseFile = "sidecar.db";
    private const string OutboxFolder = "outbox";
    private const string NewData = "--new-data";

    private readonly string _mark;

    private DataFolder(string path)
    {
        Path = path;
        Outbox = System.IO.Path.Combine(path, OutboxFolder);
        _mark = System.IO.Path.Combine(path, Mark);
    }

    public string Path { get; }

    public string Outbox { get; }

    public bool IsNew { get; private init; }

    /// <param name="path">Made where it is not.</param>
    /// <param name="isNewAllowed">What was in a database that is gone is given up.</param>
    /// <exception cref="StartException">It cannot be used, or its database is gone.</exception>
    public static DataFolder Open(string path, bool isNewAllowed)
    {
        try
        {
            PrivateFiles.CreateDirectory(path);
            var full = System.IO.Path.GetFullPath(path);
            var database = System.IO.Path.Combine(full, DatabaseFile);
            var isMarked = File.Exists(System.IO.Path.Combine(full, Mark));
            var isLost = !HasContent(database) && (isMarked || HasEvents(System.IO.Path.Combine(full, OutboxFolder)));
            if (isLost && !isNewAllowed)
                throw new StartException(
                    $"--data '{path}' has been in use, and its database {DatabaseFile} is {(File.Exists(database) ? "empty" : "gone")}: keys, budgets and "
                    + $"spend would begin anew. Put it back, or start with {NewData} to begin without it.");
            // The files are made here, so that SQLite opens them as they are; its log takes over their rights.
            foreach (var name in new[] { DatabaseFile, "sidecar.lock" })
                PrivateFiles.Open(System.IO.Path.Combine(full, name), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite).Dispose();
            if (isMarked)
                Close(full);
            return new DataFolder(full) { IsNew = !isMarked || isLost };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--data: {e.Message}", e);
        }
    }

    /// <summary>The gateway has started on it: its keys are known to somebody.</summary>
    public async Task MarkAsync(CancellationToken cancellation)
    {
        await using var file = PrivateFiles.Open(_mark, FileMode.Create, FileAccess.Write, FileShare.None);
        await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture)), cancellation);
    }

    /// <summary>SQLite's version of the schema, in the head of the file: an empty database has none.</summary>
    private static bool HasContent(string database)
    {
        const int Version = 60;
        if (!File.Exists(database))
            return false;
        using var file = new FileStream(database, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> head = stackalloc byte[Version + sizeof(int)];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head[Version..].ContainsAnyExcept((byte)0);
    }

    private static bool HasEvents(string outbox) =>
        Directory.Exists(outbox) && Directory.EnumerateFiles(outbox, "*.jsonl", SearchOption.AllDirectories).Any(f => new FileInfo(f).Length > 0);

    /// <summary>A folder of an earlier build may be open to others. Only one that is known to be ours is touched.</summary>
    private static void Close(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(path, ReadWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.EnumerateFiles(path))
            File.SetUnixFileMode(file, ReadWrite);
    }
}
