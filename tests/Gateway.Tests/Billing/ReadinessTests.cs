using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Dapr;
using Dapr.Client;
using Gateway.Billing;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Local.Sidecar;
using Gateway.Tests.Conformance;
using Gateway.Tests.Durability;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

public class ReadinessTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task Ready_billing_names_what_it_depends_on()
    {
        var dependencies = (await rig.GetAsync("/healthz/ready")).Body["dependencies"]!.AsObject();
        Assert.Equal(["actors", "catalog", "keys", "prices", "service", "setup", "sidecar"], dependencies.Select(d => d.Key).Order(StringComparer.Ordinal));
        Assert.All(dependencies, d => Assert.Equal("ok", (string)d.Value!));
    }

    [Theory]
    [InlineData(ComponentNames.KeyStore)]
    [InlineData(ComponentNames.ActorStore)]
    public async Task Billing_is_not_ready_without_a_state_store_and_names_it(string store)
    {
        using var directory = new TemporaryDirectory("readiness-");
        var components = Directory.CreateDirectory(Path.Combine(directory.Path, "components")).FullName;
        foreach (var file in Directory.EnumerateFiles(RepositoryFiles.Path("components"), "*.yaml").Where(f => Path.GetFileNameWithoutExtension(f) != store))
            File.Copy(file, Path.Combine(components, Path.GetFileName(file)));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var sidecars = await SidecarRuntime.StartAsync(
            new SidecarOptions(directory.Path, components, null, null), [AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, limit.Token);
        var (http, grpc) = (sidecars.HttpEndpoint(AppIds.Billing).ToString().TrimEnd('/'), sidecars.GrpcEndpoint(AppIds.Billing).ToString().TrimEnd('/'));
        await using var billing = BillingHost.Build(
            [
                "--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={http}", $"--DAPR_GRPC_ENDPOINT={grpc}", "--GATEWAY_ADMIN_KEY=admin-key-of-the-test",
                "--Logging:LogLevel:Default=None", "--OTEL_SDK_DISABLED=true"]);
        await billing.StartAsync(limit.Token);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(billing.Urls.First() + "/healthz/ready"), limit.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var dependencies = JsonNode.Parse(await answer.Content.ReadAsStringAsync(limit.Token))!["dependencies"]!.AsObject();
        Assert.Contains($"the state store '{store}' cannot be read", (string)dependencies[store]!, StringComparison.Ordinal);
        Assert.Equal(
            ("ok", "ok"),
            ((string)dependencies["sidecar"]!, (string)dependencies[store == ComponentNames.KeyStore ? ComponentNames.ActorStore : ComponentNames.KeyStore]!));
        using var live = await client.GetAsync(new Uri(billing.Urls.First() + "/healthz/live"), limit.Token);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await billing.StopAsync(limit.Token);
    }

    /// <summary>gRPC's own waits grow with how long nothing answered: with the client's own options it is not found in the time this allows.</summary>
    [Fact]
    public async Task Billing_finds_a_sidecar_that_was_away_for_a_while_within_moments()
    {
        var away = TimeSpan.FromSeconds(10);
        var soon = TimeSpan.FromSeconds(4);
        using var directory = new TemporaryDirectory("readiness-");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var ports = FreePorts.Take(2);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{ports[0]}",
            ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{ports[1]}",
        }).Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSidecarClient().BuildServiceProvider();
        var dapr = services.GetRequiredService<DaprClient>();
        for (var asked = Stopwatch.StartNew(); asked.Elapsed < away; await Task.Delay(200, limit.Token))
            await Assert.ThrowsAsync<DaprException>(() => dapr.GetStateAsync<string>(ComponentNames.KeyStore, "any", cancellationToken: limit.Token));

        await using var sidecars = await SidecarRuntime.StartAsync(
            new SidecarOptions(
                directory.Path, RepositoryFiles.Path("components"),
                Ports: new Dictionary<string, (int, int)> { [AppIds.Billing] = (ports[0], ports[1]) }),
            [AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, limit.Token);
        var back = Stopwatch.StartNew();
        for (var answered = false; !answered; await Task.Delay(50, limit.Token))
        {
            try
            {
                await dapr.GetStateAsync<string>(ComponentNames.KeyStore, "any", cancellationToken: limit.Token);
                answered = true;
            }
            catch (DaprException)
            {
                Assert.True(back.Elapsed < soon, $"not found within {back.Elapsed}");
            }
        }
    }
}
