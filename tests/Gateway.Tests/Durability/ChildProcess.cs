using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Tests.Durability;

/// <summary>A program of the build in a process of its own, which a test may end in the hard way.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private const int Terminate = 15, Continue = 18, Stop = 19;

    /// <summary>
    /// Ends all children when this process is gone, however it went: its input then comes to an end. Each line is the id of one that has started,
    /// or with a minus of one that has ended.
    /// </summary>
    private static readonly Process Watchdog = Process.Start(new ProcessStartInfo("sh", ["-c", WatchdogScript]) { RedirectStandardInput = true })!;

    private const string WatchdogScript = """
        while read -r id; do
          left=
          for other in $ids; do [ "$other" = "${id#-}" ] || left="$left $other"; done
          case $id in -*) ids=$left;; *) ids="$left $id";; esac
        done
        [ -z "$ids" ] || kill -9 $ids
        """;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <param name="assembly">Beside the tests, <c>Gateway.Local.dll</c> for one.</param>
    /// <param name="environment">Over that of the tests, from which all settings of a gateway are taken away.</param>
    /// <param name="args">The command line.</param>
    public static ChildProcess Start(string assembly, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> args) =>
        StartProgram("dotnet", Environment.CurrentDirectory, environment, [Path.Combine(AppContext.BaseDirectory, assembly), .. args]);

    /// <inheritdoc cref="Start"/>
    /// <param name="program">Its path, or its name where it is on the PATH.</param>
    /// <param name="directory">Where it runs.</param>
    public static ChildProcess StartProgram(string program, string directory, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] settings = ["GATEWAY_", "DAPR_"];
        foreach (var name in start.Environment.Keys.Where(n => settings.Any(s => n.StartsWith(s, StringComparison.Ordinal))).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_gcServer"] = "0";
        // A machine that is busy with other tests must not look like one whose actors are away.
        start.Environment["GATEWAY_ACTOR_WAIT_SECONDS"] = "20";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var child = new ChildProcess(Process.Start(start)!);
        Tell(child._process.Id);
        child._process.OutputDataReceived += (_, e) => child.Add(e.Data);
        child._process.ErrorDataReceived += (_, e) => child.Add(e.Data);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits until the output has this text.</summary>
    public async Task WroteAsync(string text)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (true)
        {
            Task written;
            lock (_output)
            {
                if (_output.ToString().Contains(text, StringComparison.Ordinal))
                    return;
                written = _written.Task;
            }

            await Task.WhenAny(written, _process.WaitForExitAsync(limit.Token)).WaitAsync(limit.Token);
            Assert.False(_process.HasExited && !Output.Contains(text, StringComparison.Ordinal), "the process has ended: " + Output);
        }
    }

    /// <summary>SIGKILL: whatever it is doing, it does no more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(StartLimit);
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        Assert.Equal(0, Signal(_process.Id, Terminate));
        await _process.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: it does nothing more until it is resumed.</summary>
    public void Pause() => Assert.Equal(0, Signal(_process.Id, Stop));

    /// <summary>SIGCONT.</summary>
    public void Resume() => Assert.Equal(0, Signal(_process.Id, Continue));

    /// <summary>It ends by itself; the exit code.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        Tell(-_process.Id);
        _process.Dispose();
    }

    private static void Tell(int id)
    {
        lock (Watchdog)
        {
            Watchdog.StandardInput.WriteLine(id.ToString(CultureInfo.InvariantCulture));
            Watchdog.StandardInput.Flush();
        }
    }

    private void Add(string? line)
    {
        TaskCompletionSource written;
        lock (_output)
        {
            _output.AppendLine(line);
            written = _written;
            _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        written.TrySetResult();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);
}
