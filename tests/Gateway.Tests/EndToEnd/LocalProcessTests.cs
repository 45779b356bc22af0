using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Tests.Durability;

namespace Gateway.Tests.EndToEnd;

/// <summary>The command as a user runs it: a process of its own, what it prints, and how it ends.</summary>
public sealed partial class LocalProcessTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-process-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task First_start_prints_what_is_needed_the_curl_works_and_the_second_start_keeps_it()
    {
        string url, key, admin;
        await using (var gateway = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", _directory))
        {
            (url, key, admin) = (gateway.Find("Gateway"), gateway.Find("API key"), gateway.Find("Admin key"));
            Assert.Contains("curl", gateway.Output);
            Assert.Contains("\"model\":\"demo/echo\"", gateway.Output);
            var answer = await AskAsync(url, key);
            Assert.Contains("event: message_start", answer);
            Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", answer.ReplaceLineEndings("\n"));
            Assert.Equal(0, await gateway.InterruptAsync(PosixSignal.SIGINT));
            // Nothing of the framework's own between the lines of the start.
            Assert.DoesNotContain(" info: Microsoft.", gateway.Output);
            Assert.DoesNotContain(" info: Grpc.", gateway.Output);
        }

        await using (var again = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", _directory))
        {
            url = again.Find("Gateway");
            Assert.DoesNotContain(key, again.Output);
            Assert.DoesNotContain(admin, again.Output);
            Assert.Contains("message_stop", await AskAsync(url, key));
            using var client = new HttpClient();
            client.DefaultRequestHeaders.Add("x-api-key", admin);
            var usage = "";
            for (var i = 0; i < 200 && !usage.Contains("\"requests\":2"); i++)
            {
                usage = await client.GetStringAsync(new Uri(url + "/admin/v1/usage?groupBy=model"));
                await Task.Delay(50);
            }

            Assert.Contains("\"requests\":2", usage);
            Assert.Equal(0, await again.InterruptAsync(PosixSignal.SIGTERM));
        }
    }

    [Fact]
    public async Task A_running_stream_may_finish_when_the_gateway_is_told_to_stop()
    {
        await using var gateway = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", _directory);
        using var client = new HttpClient();
        using var request = Request(gateway.Find("Gateway"), gateway.Find("API key"), string.Join(' ', Enumerable.Repeat("word", 60)));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var first = new byte[10];
        await stream.ReadExactlyAsync(first);
        var exit = gateway.InterruptAsync(PosixSignal.SIGINT);
        using var rest = new StreamReader(stream);
        Assert.Contains("message_stop", await rest.ReadToEndAsync().WaitAsync(Timeout));
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task Told_to_stop_while_it_starts_it_ends_in_order()
    {
        var url = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        await using var gateway = ChildProcess.Start("Gateway.Local.dll", new Dictionary<string, string>(), "--urls", url, "--data", _directory);
        using var client = new HttpClient();
        for (var listens = false; !listens; await Task.Delay(5))
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(url + "/healthz/live"));
                listens = true;
            }
            catch (HttpRequestException)
            {
                Assert.False(gateway.HasExited, gateway.Output);
            }
        }

        Assert.Equal(0, await gateway.TerminateAsync(Timeout));
        Assert.DoesNotContain("   at ", gateway.Output);
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync($"127.0.0.1:{port}", "--urls", $"http://127.0.0.1:{port}", "--data", _directory);
        Assert.False(File.Exists(Path.Combine(_directory, "started")));
    }

    [Fact]
    public async Task A_broken_catalog_component_file_or_option_is_one_clear_line_and_exit_code_1()
    {
        var catalog = Path.Combine(_directory, "catalog.json");
        await File.WriteAllTextAsync(catalog, """{ "models": [ { "id": "m", "routes": [ { "provider": "nobody", "model": "x" } ] } ] }""");
        await FailsAsync("there is no provider 'nobody'", [("GATEWAY_CATALOG", catalog)], "--data", _directory);
        await FailsAsync("missing.json", [("GATEWAY_CATALOG", Path.Combine(_directory, "missing.json"))], "--data", _directory);

        var components = Directory.CreateDirectory(Path.Combine(_directory, "components")).FullName;
        await File.WriteAllTextAsync(Path.Combine(components, "bad.yaml"), "kind: Component\n  metadata: [");
        await FailsAsync("bad.yaml", "--data", _directory, "--components", components, "--urls", "http://127.0.0.1:0");
        await FailsAsync("--nonsense", "--nonsense");
        await FailsAsync("--urls", "--urls", "elsewhere");
    }

    [Fact]
    public async Task An_admin_key_that_can_be_guessed_is_refused_and_not_repeated()
    {
        foreach (var (name, value, says) in new[]
                 {
                     ("GATEWAY_ADMIN_KEY", "fifteen-letters", "at least 16"), ("GATEWAY_ADMIN_KEY", new string('k', 257), "at most 256"),
                     ("GATEWAY_API_KEY", new string('k', 257), "at most 256"),
                 })
        {
            var line = await FailsAsync(says, [(name, value)], "--urls", "http://127.0.0.1:0", "--data", _directory);
            Assert.Contains(name, line);
            Assert.DoesNotContain(value, line);
        }
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("without tables")]
    public async Task A_database_that_is_gone_is_not_made_anew_unless_told(string how)
    {
        string key;
        await using (var gateway = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", _directory))
        {
            key = gateway.Find("API key");
            Assert.Equal(0, await gateway.InterruptAsync(PosixSignal.SIGINT));
        }

        foreach (var file in Directory.EnumerateFiles(_directory, "sidecar.db*"))
            File.Delete(file);
        if (how == "empty")
            await File.WriteAllBytesAsync(Path.Combine(_directory, "sidecar.db"), []);
        else if (how == "without tables")
            await File.WriteAllBytesAsync(Path.Combine(_directory, "sidecar.db"), [.. "SQLite format 3\0"u8, .. new byte[4080]]);
        await FailsAsync("--new-data", "--urls", "http://127.0.0.1:0", "--data", _directory);
        // Without the mark, events that were never published say the same.
        File.Delete(Path.Combine(_directory, "started"));
        var slot = Directory.CreateDirectory(Path.Combine(_directory, "outbox", "slot-9")).FullName;
        await File.WriteAllTextAsync(Path.Combine(slot, "00000001.jsonl"), "an event");
        await FailsAsync("--new-data", "--urls", "http://127.0.0.1:0", "--data", _directory);

        if (how == "without tables")
            File.Delete(Path.Combine(_directory, "sidecar.db"));
        await using var anew = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", _directory, "--new-data");
        Assert.NotEqual(key, anew.Find("API key"));
        Assert.Contains("message_stop", await AskAsync(anew.Find("Gateway"), anew.Find("API key")));
        Assert.Equal(0, await anew.InterruptAsync(PosixSignal.SIGINT));
    }

    [Ingress.FactOnUnix]
    [UnsupportedOSPlatform("windows")]
    public async Task Nobody_else_may_read_the_data()
    {
        var data = Path.Combine(_directory, "made", "data");
        await using (var gateway = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", data))
        {
            await AskAsync(gateway.Find("Gateway"), gateway.Find("API key"));
            Check();
            // As an earlier build would have left it.
            File.SetUnixFileMode(data, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(Path.Combine(data, "sidecar.db"), (UnixFileMode)0b110_100_100);
            Assert.Equal(0, await gateway.InterruptAsync(PosixSignal.SIGINT));
        }

        await using var again = await Running.StartAsync("--urls", "http://127.0.0.1:0", "--data", data);
        Check();
        Assert.Equal(0, await again.InterruptAsync(PosixSignal.SIGINT));

        void Check()
        {
            foreach (var folder in Directory.EnumerateDirectories(data, "*", SearchOption.AllDirectories).Append(data))
                Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
            Assert.All(
                Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories),
                file => Assert.True(File.GetUnixFileMode(file) == (UnixFileMode)0b110_000_000, file));
        }
    }

    [Fact]
    public async Task Keys_that_are_given_are_not_printed()
    {
        const string Admin = "gw-admin-from-the-environment", Key = "gw-from-the-environment";
        await using var gateway = await Running.StartAsync(
            [("GATEWAY_ADMIN_KEY", Admin), ("GATEWAY_API_KEY", Key)], "--urls", "http://127.0.0.1:0", "--data", _directory);
        Assert.DoesNotContain(Admin, gateway.Output);
        Assert.DoesNotContain(Key, gateway.Output);
        Assert.Contains("-H \"x-api-key: $GATEWAY_API_KEY\"", gateway.Output);
        Assert.Contains("message_stop", await AskAsync(gateway.Find("Gateway"), Key));
    }

    private static Task<string> FailsAsync(string contains, params string[] args) => FailsAsync(contains, [], args);

    private static async Task<string> FailsAsync(string contains, (string Name, string Value)[] environment, params string[] args)
    {
        using var process = Running.Launch(args, environment);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Timeout);
        Assert.Equal(1, process.ExitCode);
        var line = Assert.Single((await error).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(contains, line);
        Assert.DoesNotContain("   at ", await output + line);
        return line;
    }

    private static HttpRequestMessage Request(string url, string key, string content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url + "/v1/messages")
        {
            Content = new StringContent(
                $$"""{"model":"demo/echo","max_tokens":500,"stream":true,"messages":[{"role":"user","content":"{{content}}"}]}""", Encoding.UTF8,
                "application/json"),
        };
        request.Headers.Add("x-api-key", key);
        return request;
    }

    private static async Task<string> AskAsync(string url, string key)
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(Request(url, key, "Hello"));
        return await response.Content.ReadAsStringAsync();
    }

    private sealed partial class Running : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _output = new();

        private Running(Process process) => _process = process;

        public string Output
        {
            get
            {
                lock (_output)
                    return _output.ToString();
            }
        }

        public static Process Launch(string[] args, params (string Name, string Value)[] environment)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Gateway.Local.dll"));
            foreach (var arg in args)
                start.ArgumentList.Add(arg);
            foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("GATEWAY_", StringComparison.Ordinal)).ToList())
                start.Environment.Remove(name);
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            return Process.Start(start)!;
        }

        public static Task<Running> StartAsync(params string[] args) => StartAsync([], args);

        public static async Task<Running> StartAsync((string Name, string Value)[] environment, params string[] args)
        {
            var running = new Running(Launch(args, environment));
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            running._process.OutputDataReceived += (_, e) => Add(e.Data);
            running._process.ErrorDataReceived += (_, e) => Add(e.Data);
            running._process.BeginOutputReadLine();
            running._process.BeginErrorReadLine();
            await Task.WhenAny(ready.Task, running._process.WaitForExitAsync()).WaitAsync(Timeout);
            Assert.False(running._process.HasExited, running.Output);
            return running;

            void Add(string? line)
            {
                lock (running._output)
                    running._output.AppendLine(line);
                if (line?.Contains("-d '{") == true)
                    ready.TrySetResult();
            }
        }

        /// <summary>The value behind a label of the greeting.</summary>
        public string Find(string label) => Regex.Match(Output, $@"^{label}\s+(\S+)", RegexOptions.Multiline).Groups[1].Value;

        public async Task<int> InterruptAsync(PosixSignal signal)
        {
            Assert.Equal(0, Kill(_process.Id, signal == PosixSignal.SIGINT ? 2 : 15));
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }

            _process.Dispose();
        }

        [LibraryImport("libc", EntryPoint = "kill")]
        private static partial int Kill(int pid, int signal);
    }
}
