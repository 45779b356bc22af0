using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Local.Sidecar;
using Gateway.Tests.Conformance;
using Gateway.Tests.Durability;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>An account moves to another replica when the sidecar of its own dies, and back when that is there again.</summary>
public sealed class PlacementTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("placement-").FullName;
    private readonly int[] _ports = FreePorts.Take(6);
    private readonly List<WebApplication> _replicas = [];
    private SidecarRuntime? _sidecars;
    private TestApp _ingress = null!;

    public async Task InitializeAsync()
    {
        _ingress = await TestApp.StartAsync(null);
        await StartSidecarsAsync();
        for (var replica = 0; replica < 2; replica++)
        {
            var billing = BillingHost.Build(
                [
                    $"--urls=http://127.0.0.1:{_ports[4 + replica]}", $"--DAPR_HTTP_ENDPOINT=http://127.0.0.1:{_ports[0]}",
                    $"--DAPR_GRPC_ENDPOINT=http://127.0.0.1:{_ports[1]}", $"--GATEWAY_ADMIN_KEY={BillingRig.AdminKey}", "--Logging:LogLevel:Default=None",
                ]);
            _replicas.Add(billing);
            await billing.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var billing in _replicas)
            await billing.DisposeAsync();
        await _sidecars!.DisposeAsync();
        await _ingress.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task An_account_that_was_elsewhere_meanwhile_is_read_again()
    {
        foreach (var (number, replica) in new[] { 0, 1, 0, 1 }.Index())
        {
            await PlaceAsync(replica);
            var account = Account("key_moves");
            Assert.Equal(number, (await account.GetBalanceAsync()).Events);
            await account.RecordUsageAsync(
                new UsageBatch { Entries = [BillingRig.Entry(BillingRig.Event($"req_{number}", "key_moves"))] });
            Assert.Equal(number + 1, (await account.GetBalanceAsync()).Events);
        }

        Assert.Equal(4, (await Account("key_moves").ListEventsAsync(new EventQuery { After = 0, Limit = 10 })).ReadEvents().Count);
    }

    /// <summary>Another sidecar over the same store, with this replica behind it. The one before tells nobody of its end.</summary>
    private async Task PlaceAsync(int replica)
    {
        await _sidecars!.DisposeAsync();
        await StartSidecarsAsync();
        using var limit = new CancellationTokenSource(Limit);
        await _sidecars!.AttachAsync(AppIds.Billing, new Uri($"http://127.0.0.1:{_ports[4 + replica]}"), limit.Token);
    }

    private async Task StartSidecarsAsync()
    {
        var options = new SidecarOptions(_data, RepositoryFiles.Path("components"), Ports: new Dictionary<string, (int, int)>
        {
            [AppIds.Billing] = (_ports[0], _ports[1]),
            [AppIds.Ingress] = (_ports[2], _ports[3]),
        });
        _sidecars = await SidecarRuntime.StartAsync(
            options, [AppIds.Ingress, AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await _sidecars.AttachAsync(AppIds.Ingress, _ingress.Address, CancellationToken.None);
    }

    private IAccountActor Account(string id) =>
        new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = $"http://127.0.0.1:{_ports[2]}", UseJsonSerialization = true })
            .CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);
}
