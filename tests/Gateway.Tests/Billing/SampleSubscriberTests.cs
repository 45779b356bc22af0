using System.Net.Http.Headers;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Local.Sidecar;
using Gateway.Samples;
using Gateway.Tests.Conformance;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

public class SampleSubscriberTests
{
    [Fact]
    public async Task Another_app_reads_the_usage_topic_and_sums_it_up()
    {
        using var data = new TemporaryDirectory("subscriber-");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var components = Directory.CreateDirectory(Path.Combine(data.Path, "components"));
        await File.WriteAllTextAsync(
            Path.Combine(components.FullName, "pubsub.yaml"),
            (await File.ReadAllTextAsync(RepositoryFiles.Path("components", "pubsub.yaml"), limit.Token)).TrimEnd() + "\n  - usage-subscriber\n",
            limit.Token);
        await using var sidecars = await SidecarRuntime.StartAsync(
            new SidecarOptions(data.Path, components.FullName), [AppIds.Ingress, "usage-subscriber"], TimeProvider.System,
            NullLoggerFactory.Instance, limit.Token);
        await using var app = SubscriberHost.Build(["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]);
        await app.StartAsync(limit.Token);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        await sidecars.AttachAsync("usage-subscriber", address, limit.Token);

        using var client = new HttpClient();
        var events = new[]
        {
            BillingRig.Event("r1", "key_a", cost: 0.1m),
            BillingRig.Event("r2", "key_a", cost: 0.2m),
            BillingRig.Event("r1", "key_a", cost: 0.1m),
            BillingRig.Event("r3", "key_a", cost: null),
            BillingRig.Event("r4", "key_b", cost: 5m),
        };
        foreach (var e in events)
        {
            using var content = new ByteArrayContent(UsageJson.Write(e)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            (
                await client.PostAsync(
                    new Uri(sidecars.HttpEndpoint(AppIds.Ingress), "/v1.0/publish/pubsub/usage"), content, limit.Token)).EnsureSuccessStatusCode();
        }

        await BillingRig.UntilAsync(
            async () => await client.GetStringAsync(new Uri(address, "/totals"), limit.Token) == """{"key_a USD":"0.3","key_b USD":"5"}""");
    }
}
