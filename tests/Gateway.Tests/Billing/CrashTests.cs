using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Local.Sidecar;
using Gateway.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>Billing as a process of its own that is killed without warning, while events and key changes go on.</summary>
public class CrashTests
{
    private const int Events = 150;
    private const int Kills = 4;

    [Fact]
    public async Task Killed_at_any_moment_billing_counts_each_event_once_and_keeps_each_key_it_showed()
    {
        using var data = new TemporaryDirectory("crash-");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(150));
        var cancellation = limit.Token;
        await using var sidecars = await SidecarRuntime.StartAsync(
            new SidecarOptions(data.Path, RepositoryFiles.Path("components")), [AppIds.Ingress, AppIds.Billing], TimeProvider.System,
            NullLoggerFactory.Instance, cancellation);
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        using var billing = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        billing.DefaultRequestHeaders.Add(GatewayHeaders.Admin, AdminCaller.Owner.ToHeader());
        using var sidecar = new HttpClient { BaseAddress = sidecars.HttpEndpoint(AppIds.Ingress), Timeout = TimeSpan.FromSeconds(30) };
        var child = await StartAsync(address, sidecars, billing, cancellation);
        try
        {
            await sidecars.AttachAsync(AppIds.Billing, address, cancellation);
            await ReadyAsync(billing, cancellation);

            var shown = new List<string>();
            var random = new Random(20260314);
            var killing = Task.Run(
                async () =>
                {
                    for (var i = 0; i < Kills; i++)
                    {
                        await Task.Delay(random.Next(50, 700), cancellation);
                        child.Kill(entireProcessTree: true);
                        await child.WaitForExitAsync(cancellation);
                        child.Dispose();
                        child = await StartAsync(address, sidecars, billing, cancellation);
                    }
                },
                cancellation);
            var creating = Task.Run(
                async () =>
                {
                    while (!killing.IsCompleted)
                    {
                        if (await TryCreateAsync(billing, cancellation) is { } key)
                            shown.Add(key);
                    }
                },
                cancellation);
            for (var i = 0; i < Events; i++)
            {
                await PublishAsync(
                    sidecar,
                    BillingRig.Event("r" + i.ToString(CultureInfo.InvariantCulture), "key_crash", cost: 0.001m) with { Accounts = ["key_crash", "team:crash"] },
                    cancellation);
                await Task.Delay(10, cancellation);
            }

            await Task.WhenAll(killing, creating);
            await ReadyAsync(billing, cancellation);
            var actors = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = sidecar.BaseAddress!.ToString(), UseJsonSerialization = true });
            foreach (var account in new[] { "key_crash", "team:crash", AccountIds.NoOrganization })
            {
                var proxy = actors.CreateActorProxy<IAccountActor>(new ActorId(account), ActorTypes.Account);
                await BillingRig.UntilAsync(async () =>
                {
                    // What the retries of its delivery did not outlast was kept and is replayed.
                    await billing.PostAsync(new Uri("/admin/v1/dead-letters/replay", UriKind.Relative), null, cancellation);
                    return (await proxy.GetBalanceAsync()).Events >= Events;
                });
                var balance = await proxy.GetBalanceAsync();
                Assert.Equal(Events, balance.Events);
                Assert.Equal(Events * 0.001m, balance.Spent["USD"]);
            }

            var report = JsonNode.Parse(await billing.GetStringAsync(new Uri("/admin/v1/reconciliation?keyId=key_crash", UriKind.Relative), cancellation))!;
            Assert.True((bool)report["consistent"]!, report.ToJsonString());

            Assert.NotEmpty(shown);
            var identity = JsonSerializer.Deserialize<GatewayIdentity>(
                await sidecar.GetStringAsync(new Uri("/v1.0/state/keys/identity", UriKind.Relative), cancellation), JsonSerializerOptions.Web)!;
            foreach (var key in shown)
            {
                var record = await sidecar.GetStringAsync(
                    new Uri($"/v1.0/state/keys/{KeyStoreKeys.OfHash(new KeyHasher(identity.HashSecret).Hash(key))}", UriKind.Relative), cancellation);
                var id = JsonSerializer.Deserialize<KeyRecord>(record, JsonSerializerOptions.Web)!.Id;
                using var listed = await billing.GetAsync(new Uri($"/admin/v1/keys/{id}", UriKind.Relative), cancellation);
                Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
                Assert.Equal(60, (await actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account).GetStatusAsync()).Requests!.Limit);
            }
        }
        finally
        {
            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(CancellationToken.None);
            child.Dispose();
        }
    }

    [Fact]
    public async Task Killed_between_a_warnings_decision_and_its_publication_billing_publishes_it_when_it_is_back_and_once()
    {
        using var data = new TemporaryDirectory("crash-");
        using var withoutBroker = new TemporaryDirectory("components-");
        foreach (var file in Directory.GetFiles(RepositoryFiles.Path("components"), "*.yaml"))
        {
            var text = await File.ReadAllTextAsync(file);
            var isBroker = Path.GetFileName(file) == "pubsub.yaml";
            await File.WriteAllTextAsync(
                Path.Combine(withoutBroker.Path, Path.GetFileName(file)), isBroker ? text.Replace("  - billing", "", StringComparison.Ordinal) : text);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(150));
        var cancellation = limit.Token;
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        using var billing = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        billing.DefaultRequestHeaders.Add(GatewayHeaders.Admin, AdminCaller.Owner.ToHeader());

        // There is no broker to publish to, so that the decision is all there is when the process is killed.
        string id;
        await using (var sidecars = await SidecarRuntime.StartAsync(
            new SidecarOptions(data.Path, withoutBroker.Path), [AppIds.Ingress, AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, cancellation))
        {
            using var child = await StartAsync(address, sidecars, billing, cancellation);
            await sidecars.AttachAsync(AppIds.Billing, address, cancellation);
            await ReadyAsync(billing, cancellation);
            using var settings = new StringContent("""{"budget":{"amount":10,"period":"total"}}""", Encoding.UTF8, "application/json");
            using var made = await billing.PostAsync(new Uri("/admin/v1/keys", UriKind.Relative), settings, cancellation);
            id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(cancellation))!["id"]!;
            using var spent = new ByteArrayContent(UsageJson.Write(BillingRig.Event("req_1", id, cost: 6m)));
            using var counted = await billing.PostAsync(new Uri(InternalRoutes.UsageEvents, UriKind.Relative), spent, cancellation);
            Assert.Contains("SUCCESS", await counted.Content.ReadAsStringAsync(cancellation), StringComparison.Ordinal);
            // With the spend, in one write, and not published.
            var head = await HeadAsync(sidecars, id, cancellation);
            Assert.Equal(("6", 50), ((string)head["spent"]!["USD"]!, (int)Assert.Single(head["warnings"]!.AsArray())!["percent"]!));
            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(cancellation);
        }

        await using var back = await SidecarRuntime.StartAsync(
            new SidecarOptions(data.Path, RepositoryFiles.Path("components")), [AppIds.Ingress, AppIds.Billing], TimeProvider.System,
            NullLoggerFactory.Instance, cancellation);
        await using var subscriber = await TestApp.StartAsync(
            null, subscribe: """[{"pubsubname":"pubsub","topic":"quota","route":"/notices/quota"}]""");
        subscriber.Answer("/notices/quota", 200);
        await back.AttachAsync(AppIds.Ingress, subscriber.Address, cancellation);
        for (var start = 1; start <= 2; start++)
        {
            using var child = await StartAsync(address, back, billing, cancellation);
            if (start == 1)
                await back.AttachAsync(AppIds.Billing, address, cancellation);
            await ReadyAsync(billing, cancellation);
            // Whatever call comes first gives it again; if none does, the reminder.
            using var status = await billing.GetAsync(new Uri($"/admin/v1/keys/{id}/status", UriKind.Relative), cancellation);
            if (start == 1)
            {
                var warning = JsonNode.Parse((await subscriber.NextAsync("/notices/quota", 60)).Body)!;
                Assert.Equal("gateway.quota.warning.v1", (string)warning["type"]!);
                Assert.Equal((id, 50), ((string)warning["data"]!["accountId"]!, (int)warning["data"]!["percent"]!));
                while ((await HeadAsync(back, id, cancellation))["warnings"]!.AsArray().Count > 0)
                    await Task.Delay(20, cancellation);
            }

            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(cancellation);
        }

        Assert.True(await subscriber.IsQuietAsync("/notices/quota", 0.3));
    }

    private static async Task<JsonNode> HeadAsync(SidecarRuntime sidecars, string account, CancellationToken cancellation)
    {
        using var sidecar = new HttpClient { BaseAddress = sidecars.HttpEndpoint(AppIds.Billing) };
        return JsonNode.Parse(await sidecar.GetStringAsync(new Uri($"/v1.0/actors/Account/{account}/state/head", UriKind.Relative), cancellation))!;
    }

    private static async Task<Process> StartAsync(Uri address, SidecarRuntime sidecars, HttpClient billing, CancellationToken cancellation)
    {
        var http = sidecars.HttpEndpoint(AppIds.Billing).ToString().TrimEnd('/');
        var grpc = sidecars.GrpcEndpoint(AppIds.Billing).ToString().TrimEnd('/');
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
                 {
                     typeof(BillingHost).Assembly.Location, $"--urls={address}", $"--DAPR_HTTP_ENDPOINT={http}", $"--DAPR_GRPC_ENDPOINT={grpc}",
                     "--GATEWAY_ADMIN_KEY=admin-key-of-the-crash-test", "--GATEWAY_ACTOR_WAIT_SECONDS=20",
                 })
            start.ArgumentList.Add(argument);
        var child = Process.Start(start)!;
        child.OutputDataReceived += static (_, _) => { };
        child.ErrorDataReceived += static (_, _) => { };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        while (!await AnswersAsync(billing, "/healthz/live", cancellation))
        {
            Assert.False(child.HasExited, "billing did not start");
            await Task.Delay(20, cancellation);
        }

        return child;
    }

    private static async Task ReadyAsync(HttpClient billing, CancellationToken cancellation)
    {
        while (!await AnswersAsync(billing, "/healthz/ready", cancellation))
            await Task.Delay(20, cancellation);
    }

    private static async Task<bool> AnswersAsync(HttpClient billing, string path, CancellationToken cancellation)
    {
        try
        {
            using var answer = await billing.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The key, if the answer arrived.</summary>
    private static async Task<string?> TryCreateAsync(HttpClient billing, CancellationToken cancellation)
    {
        try
        {
            using var content = new StringContent("""{"limits":{"requestsPerMinute":60}}""", Encoding.UTF8, "application/json");
            using var answer = await billing.PostAsync(new Uri("/admin/v1/keys", UriKind.Relative), content, cancellation);
            if (answer.StatusCode == HttpStatusCode.Created)
                return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellation))!["key"]!;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // It was killed with the answer on its lips.
        }

        await Task.Delay(20, cancellation);
        return null;
    }

    private static async Task PublishAsync(HttpClient sidecar, UsageEvent e, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(UsageJson.Write(e)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await sidecar.PostAsync(new Uri("/v1.0/publish/pubsub/usage", UriKind.Relative), content, cancellation);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
