using System.Collections.Concurrent;
using System.Text;

namespace Gateway.Fuzz;

/// <summary>Stands in the place of standard output and keeps the lines of the gateway's log that speak of a fault of its own.</summary>
internal sealed class LogWatch : TextWriter
{
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly StringBuilder _line = new();
    private readonly Lock _lock = new();

    public override Encoding Encoding => Encoding.UTF8;

    public void Add(string fault) => _faults.Enqueue(fault);

    public bool TryTake(out string line) => _faults.TryDequeue(out line!);

    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            var line = _line.ToString();
            _line.Clear();
            if (IsFault(line))
                Add(line);
        }
    }

    public override void Write(string? value)
    {
        foreach (var c in value ?? "")
            Write(c);
    }

    /// <summary>A provider that refuses our credentials, or whose account is spent, is an error in the log, and rightly so.</summary>
    private static bool IsFault(string line) =>
        (line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal)
            || line.Contains("Exception", StringComparison.Ordinal))
        && !line.Contains("ProviderCredentials", StringComparison.Ordinal) && !line.Contains("ProviderQuota", StringComparison.Ordinal)
        && !line.Contains("refused the credential", StringComparison.Ordinal);
}
