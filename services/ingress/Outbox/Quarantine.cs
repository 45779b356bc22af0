using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Hosting;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// What the outbox has set aside so that the rest can go on, a file each, until somebody looks after it: a line that says what it is, then the bytes
/// as they were. Bounded: when it is full, what would come in waits in the outbox, and only for that. All processes on one outbox share it.
/// </summary>
internal sealed class Quarantine(string directory)
{
    internal const int MaxFiles = 1_000;
    private const long MaxBytes = 64 * 1024 * 1024;
    private const int IdDigits = 32;
    private const string Extension = ".event";

    private readonly Lock _sync = new();

    public static Quarantine Of(IngressOptions options) => new(Path.Combine(options.OutboxDirectory, "quarantine"));

    public int Count => Files().Count();

    /// <summary>False when it is full. On the disk when it returns true.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public bool TryAdd(OutboxLine line, string reason, DateTimeOffset now)
    {
        var content = line.Json.Span;
        var entry = new QuarantinedEvent
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(content))[..IdDigits],
            SetAsideAt = now,
            Reason = reason,
            RequestId = line.RequestId,
            KeyId = line.KeyId,
        };
        lock (_sync)
        {
            var path = PathOf(entry.Id);
            if (File.Exists(path))
                return true;
            var files = Files().ToList();
            if (files.Count >= MaxFiles || files.Sum(f => f.Length) + content.Length > MaxBytes)
                return false;
            PrivateFiles.CreateDirectory(directory);
            using (var file = PrivateFiles.Open(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(JsonSerializer.SerializeToUtf8Bytes(entry, QuarantineJson.Default.QuarantinedEvent));
                file.Write("\n"u8);
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".new", path, overwrite: true);
            return true;
        }
    }

    /// <summary>Oldest first, without their bodies.</summary>
    public List<QuarantinedEvent> List() =>
        [.. Files().Select(f => Read(f.FullName)?.Entry).OfType<QuarantinedEvent>().OrderBy(e => e.SetAsideAt).ThenBy(e => e.Id, StringComparer.Ordinal)];

    public (QuarantinedEvent Entry, byte[] Content)? Find(string id) => IsId(id) ? Read(PathOf(id)) : null;

    public void Remove(string id) => File.Delete(PathOf(id));

    private static bool IsId(string id) => id.Length == IdDigits && id.All(char.IsAsciiHexDigitLower);

    private string PathOf(string id) => Path.Combine(directory, id + Extension);

    private IEnumerable<FileInfo> Files()
    {
        var folder = new DirectoryInfo(directory);
        return folder.Exists ? folder.EnumerateFiles("*" + Extension) : [];
    }

    private static (QuarantinedEvent Entry, byte[] Content)? Read(string path)
    {
        try
        {
            var file = File.ReadAllBytes(path);
            var end = file.AsSpan().IndexOf((byte)'\n');
            return end > 0 && JsonSerializer.Deserialize(file.AsSpan(0, end), QuarantineJson.Default.QuarantinedEvent) is { } entry
                ? (entry, file[(end + 1)..])
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // Gone meanwhile, or no file of ours.
            return null;
        }
    }

    public static QuarantinedEvent WithBody((QuarantinedEvent Entry, byte[] Content) found) =>
        found.Entry with { Body = Encoding.UTF8.GetString(found.Content) };
}
