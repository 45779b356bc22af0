using System.Diagnostics;
using System.Net;
using System.Text;

namespace Gateway.Benchmarks.Load;

/// <summary>Something that is measured: a process of its own (or a URL whose process we don't know), and what a request to it looks like.</summary>
internal sealed class Contestant(string name, Uri url, string path, string? key, string modelPrefix, ChildProcess? process)
{
    public string Name => name;

    public ChildProcess? Process => process;

    public Uri Url => url;

    public IPEndPoint Address { get; } = new(IPAddress.TryParse(url.Host, out var address) ? address : Dns.GetHostAddresses(url.Host)[0], url.Port);

    /// <summary>The whole HTTP request of a workload; '*' in the path stands for its name.</summary>
    public byte[] Request(Workload workload) => Request(workload, key);

    public byte[] Request(Workload workload, string? key)
    {
        var filler = ProviderAnswers.Filler(workload.RequestBytes - 150);
        var body =
            $$"""{"model":"{{modelPrefix}}{{workload.Name}}","max_tokens":1024,"stream":{{(workload.Stream ? "true" : "false")}},"system":"Be """
            + $$"""brief.","messages":[{"role":"user","content":"{{filler}}"}]}""";
        var head =
            $"POST {path.Replace("*", workload.Name, StringComparison.Ordinal)} HTTP/1.1\r\nhost: {url.Authority}\r\ncontent-type: application/json\r\n"
            + $"anthropic-version: 2023-06-01\r\n"
            + (key is null ? "" : $"x-api-key: {key}\r\n") + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n";
        return Encoding.UTF8.GetBytes(head + body);
    }
}

/// <summary>A child process, pinned to one core where that can be done.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public double PeakMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64 / 1e6;
        }
    }

    /// <summary>Files and sockets on Linux.</summary>
    public int Handles
    {
        get
        {
            var open = $"/proc/{_process.Id}/fd";
            _process.Refresh();
            return Directory.Exists(open) ? Directory.GetFileSystemEntries(open).Length : _process.HandleCount;
        }
    }

    public int Threads
    {
        get
        {
            _process.Refresh();
            return _process.Threads.Count;
        }
    }

    /// <summary>Starts it and waits for the line that says where it listens.</summary>
    public static async Task<(ChildProcess Process, Uri Url)> StartAsync(
        int? core, string assembly, string[] args, string readyPrefix, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(core is null ? "dotnet" : "taskset") { RedirectStandardOutput = true, RedirectStandardError = true };
        if (core is not null)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(core.Value.ToString());
            start.ArgumentList.Add("dotnet");
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        start.Environment.Remove(LoadCommand.InlineCompletions);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var child = new ChildProcess(System.Diagnostics.Process.Start(start)!);
        var output = new StringBuilder();
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        child._process.OutputDataReceived += (_, e) => Hear(e.Data);
        child._process.ErrorDataReceived += (_, e) => Hear(e.Data);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        _ = child._process.WaitForExitAsync().ContinueWith(
            _ => ready.TrySetException(new InvalidOperationException($"{assembly} ended:\n{output}")), TaskScheduler.Default);
        try
        {
            return (child, await ready.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        }
        catch
        {
            child.Dispose();
            throw;
        }

        void Hear(string? line)
        {
            if (line is null)
                return;
            lock (output)
            {
                if (output.Length < 20_000)
                    output.AppendLine(line);
            }

            if (line.StartsWith(readyPrefix, StringComparison.Ordinal))
                ready.TrySetResult(new Uri(line[readyPrefix.Length..].Trim()));
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(5000);
        }

        _process.Dispose();
    }
}
