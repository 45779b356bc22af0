using Gateway.Tests.Durability;

namespace Gateway.ContainerTests;

/// <summary>What the project's own sidecar promises, held against the runtime it stands for.</summary>
public class ConformanceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [FactIfDapr]
    public async Task The_conformance_tests_pass_against_the_real_runtime()
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var dapr = await DaprSource.StartAsync(limit.Token);
        var source = Path.Combine(Builds.Root, "tests", "Gateway.Tests", "Conformance", "resources");
        var resources = ResourceFolder.Copy(source, Path.Combine(dapr.Data, "resources"), dapr.Redis);
        File.Copy(Path.Combine(source, "secrets.json"), Path.Combine(dapr.Data, "secrets.json"));
        var ports = FreePorts.Take(10);
        SidecarSettings[] sidecars =
        [
            new("a", ports[0], ports[1], ports[2], ports[3], ports[4], resources, null, []),
            new("b", ports[5], ports[6], ports[7], ports[8], ports[9], resources, null, []),
        ];
        foreach (var sidecar in sidecars)
            await dapr.StartAsync(sidecar, limit.Token);
        var environment = new Dictionary<string, string>
        {
            ["DAPR_HTTP_ENDPOINT_A"] = sidecars[0].Address.ToString().TrimEnd('/'),
            ["DAPR_HTTP_ENDPOINT_B"] = sidecars[1].Address.ToString().TrimEnd('/'),
            ["CONFORMANCE_APP_URL_A"] = $"http://127.0.0.1:{sidecars[0].AppPort}",
            ["CONFORMANCE_APP_URL"] = $"http://127.0.0.1:{sidecars[1].AppPort}",
        };
        string[] command = ["test", Builds.Assembly("Gateway.Tests"), "--filter", "FullyQualifiedName~Gateway.Tests.Conformance"];
        await using var run = ChildProcess.StartProgram("dotnet", Builds.Root, environment, command);
        var code = await run.ExitAsync(limit.Token);
        Assert.True(code == 0, $"{run.Output}\n{await dapr.LogsAsync()}");
    }
}
