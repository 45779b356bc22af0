using Gateway.Tests.Durability;

namespace Gateway.ContainerTests;

/// <summary>How Dapr's programs are started, which can be looked at without them: a script stands for each, and listens where it is told to.</summary>
public sealed class StartTests : IDisposable
{
    /// <summary>Of Dapr, of the etcd and the raft inside it, and of Redis, where `dapr init` puts them.</summary>
    private static readonly int[] Taken = [2379, 2380, 3500, 6379, 8080, 8201, 9090, 9411, 50001, 50002, 50005, 50006];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fake-dapr-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Control_plane_and_sidecars_run_as_processes_and_a_killed_one_comes_back_where_it_was()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var listens = Script("listens", $"""
            echo "started $*"
            while [ $# -gt 0 ]; do
              case "$1" in --port|--dapr-http-port) port=$2 ;; esac
              shift
            done
            exec dotnet '{Path.Combine(AppContext.BaseDirectory, "FakeUpstream.dll")}' --urls "http://127.0.0.1:$port"
            """);
        await using var dapr = await DaprProcesses.StartAsync(new DaprPrograms(listens, listens, listens, new Uri("redis://127.0.0.1:6380")), limit.Token);
        var sidecar = Sidecar(FreePorts.Take(5));
        for (var i = 0; i < 2; i++)
        {
            await dapr.StartAsync(sidecar, limit.Token);
            Assert.True(await Ports.IsOpenAsync(sidecar.HttpPort, limit.Token));
            await dapr.KillAsync(sidecar);
            Assert.False(await Ports.IsOpenAsync(sidecar.HttpPort, limit.Token));
        }

        var logs = await dapr.LogsAsync();
        Assert.Equal(4, logs.Split("started ").Length - 1);
        Assert.Contains("started --app-id billing --app-port", logs);
    }

    [Fact]
    public async Task A_program_that_ends_at_once_says_why_and_nobody_waits_for_it()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var ends = Script("ends", "echo 'no such flag'; exit 3");
        var programs = new DaprPrograms(ends, ends, ends, new Uri("redis://127.0.0.1:6380"));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => DaprProcesses.StartAsync(programs, limit.Token));
        Assert.Contains("placement has ended", error.Message);
        Assert.Contains("no such flag", error.Message);
    }

    [Fact]
    public void Nothing_listens_where_a_dapr_that_was_initialised_does()
    {
        var ports = ControlPlanePorts.Take();
        var sidecar = Sidecar(FreePorts.Take(5));
        string[] all = [.. DaprCommands.Placement(ports), .. DaprCommands.Scheduler(ports, "/data"), .. DaprCommands.Sidecar(sidecar, ports, "/resources")];
        Assert.All(Taken, port => Assert.DoesNotContain(all, a => a == DaprCommands.Text(port) || a.EndsWith($":{port}", StringComparison.Ordinal)));
        // Each of them has a flag, whose default would be one of those.
        string[] flags =
        [
            "--port", "--healthz-port", "--metrics-port", "--initial-cluster", "--etcd-client-port", "--etcd-initial-cluster", "--dapr-http-port",
            "--dapr-grpc-port", "--dapr-internal-grpc-port", "--placement-host-address", "--scheduler-host-address",
        ];
        Assert.All(flags, flag => Assert.Contains(flag, all));
        Assert.Equal("/resources/configuration.yaml", all[Array.IndexOf(all, "--config") + 1]);
    }

    [Theory]
    [InlineData("components")]
    [InlineData("tests/Gateway.Tests/Conformance/resources")]
    public void Resources_are_for_the_redis_of_the_test(string folder)
    {
        var copy = ResourceFolder.Copy(Path.Combine(Builds.Root, folder), Path.Combine(_directory.FullName, "copy"), new Uri("redis://:p%40ss@127.0.0.1:7001"));
        var text = string.Concat(Directory.EnumerateFiles(copy).Select(File.ReadAllText));
        Assert.Contains("value: 127.0.0.1:7001", text);
        Assert.Contains("value: \"p@ss\"", text);
        Assert.DoesNotContain("6379", text);
    }

    [Fact]
    public void An_environment_that_names_half_a_dapr_is_a_mistake_that_says_what_is_missing()
    {
        var program = Script("daprd", "exit 0");
        var all = new Dictionary<string, string>
        {
            ["DAPRD_PATH"] = program,
            ["PLACEMENT_PATH"] = program,
            ["SCHEDULER_PATH"] = program,
            ["REDIS_URL"] = "redis://127.0.0.1:6380",
        };
        Assert.Null(DaprPrograms.From(_ => null));
        Assert.Equal(new DaprPrograms(program, program, program, new Uri("redis://127.0.0.1:6380")), DaprPrograms.From(all.GetValueOrDefault));
        foreach (var name in all.Keys)
        {
            var error = Assert.Throws<InvalidOperationException>(() => DaprPrograms.From(v => v == name ? null : all[v]));
            Assert.StartsWith($"{name} is missing", error.Message);
            Assert.StartsWith($"{name}: ", Assert.Throws<InvalidOperationException>(() => DaprPrograms.From(v => v == name ? "nonsense" : all[v])).Message);
        }
    }

    private static SidecarSettings Sidecar(int[] ports) =>
        new("billing", ports[0], ports[1], ports[2], ports[3], ports[4], "/resources", "configuration.yaml", []);

    private string Script(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
