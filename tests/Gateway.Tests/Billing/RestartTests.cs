using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Billing;

public class RestartTests
{
    [Fact]
    public async Task Keys_usage_open_leases_and_duplicates_survive_a_restart()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var key = await rig.CreateKeyAsync("""{"budget":{"amount":10},"limits":{"concurrentRequests":3}}""");
        var id = (string)key["id"]!;
        var e = BillingRig.Event("req_1", id, cost: 1.25m) with { LeaseId = "i1" };
        var request = new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = new Allowance { Requests = 1, Money = 4m, Slots = 1 } };
        var grant = await rig.Account(id).AcquireLeaseAsync(request);
        Assert.Null(grant.Refusal);
        await rig.RecordAsync(id, e);

        await rig.StopAsync();
        await rig.StartAsync();

        await rig.RecordAsync(id, e);
        Assert.Equal(1, (await rig.Account(id).GetBalanceAsync()).Events);
        var status = await rig.Account(id).GetStatusAsync();
        Assert.Equal((1.25m, 2.75m, 6m), (status.Budget!.Spent, status.Budget.Held, status.Budget.Left));

        // The call whose answer the restart may have lost is repeated and debits nothing more.
        var again = await rig.Account(id).AcquireLeaseAsync(request);
        Assert.Equal(grant.Granted, again.Granted);
        Assert.Equal(2.75m, (await rig.Account(id).GetStatusAsync()).Budget!.Held);
        Assert.NotNull(await rig.RecordAsync((string)key["key"]!));
        Assert.Equal(id, (await rig.RecordAsync((string)key["key"]!))!.Id);
    }

    /// <summary>Accounts were stored without a limit for counts of tokens before there was one.</summary>
    [Fact]
    public async Task An_account_of_an_older_build_gets_the_limits_it_lacks_without_being_configured_again()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"limits":{"requestsPerMinute":7}}"""))["id"]!;
        Assert.Equal(7, (await rig.Account(id).GetStatusAsync()).TokenCounts!.Limit);
        using (var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar })
        {
            var state = $"/v1.0/actors/{ActorTypes.Account}/{id}/state";
            var head = JsonNode.Parse(await sidecar.GetStringAsync(state + "/head"))!.AsObject();
            Assert.True(head.Remove("tokenCounts"));
            var change = new JsonObject { ["operation"] = "upsert", ["request"] = new JsonObject { ["key"] = "head", ["value"] = head } };
            using var written = await sidecar.PostAsync(state, ConformanceTests.Json(new JsonArray(change).ToJsonString()));
            Assert.True(written.IsSuccessStatusCode);
        }

        await rig.StopAsync();
        await rig.StartAsync();
        Assert.Equal((7, 7), ((await rig.Account(id).GetStatusAsync()) is { } status ? (status.TokenCounts!.Limit, status.Requests!.Limit) : default));
    }

    [Fact]
    public async Task An_event_published_while_billing_is_away_is_counted_when_it_is_back()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        await rig.PublishAsync(UsageJson.Write(BillingRig.Event("req_1", "key_a")));
        await rig.StopAsync();
        await rig.StartAsync();
        await BillingRig.UntilAsync(async () => (await rig.Account("key_a").GetBalanceAsync()).Events == 1);
    }

    [Fact]
    public async Task A_silent_holder_is_released_by_the_reminder_without_any_call()
    {
        await using var rig = new BillingRig { Settings = ["--GATEWAY_LEASE_SECONDS=0.3", "--GATEWAY_RESERVATION_TTL_SECONDS=0.7"] };
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":10}}"""))["id"]!;
        await rig.Account(id).AcquireLeaseAsync(new LeaseRequest { LeaseId = "dead", Sequence = 1, Need = new Allowance { Requests = 1, Money = 4m } });

        // The balance is as it was last stored: reading it sweeps nothing.
        await BillingRig.UntilAsync(async () => (await rig.Account(id).GetBalanceAsync()).UnsettledLeases == 1);
        Assert.Equal(4m, (await rig.Account(id).GetBalanceAsync()).Unsettled);
        Assert.Equal(10m, (await rig.Account(id).GetStatusAsync()).Budget!.Left);
    }

    [Fact]
    public async Task A_key_is_made_while_the_broker_is_away_and_announced_when_it_is_back()
    {
        using var components = new TemporaryDirectory("components-");
        foreach (var file in Directory.GetFiles(RepositoryFiles.Path("components")).Where(f => !f.EndsWith("pubsub.yaml", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(components.Path, Path.GetFileName(file)));
        var pubsub = await File.ReadAllTextAsync(RepositoryFiles.Path("components", "pubsub.yaml"));
        await File.WriteAllTextAsync(Path.Combine(components.Path, "pubsub.yaml"), pubsub.Replace("  - billing", "", StringComparison.Ordinal));
        await using var rig = new BillingRig { Components = components.Path };
        await rig.StartAsync();
        var key = await rig.CreateKeyAsync("""{"name":"quiet"}""");
        Assert.NotNull(await rig.RecordAsync((string)key["key"]!));

        await rig.StopAsync();
        rig.Components = RepositoryFiles.Path("components");
        await rig.StartAsync();
        JsonNode notice;
        do
            notice = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/keys", 30)).Body)!;
        while ((string)notice["data"]!["keyId"]! != (string)key["id"]!);
        Assert.Equal("created", (string)notice["data"]!["change"]!);
    }

    [Fact]
    public async Task The_same_settings_at_the_next_start_change_nothing_and_another_admin_key_replaces_the_one_before()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var before = await rig.Sidecar.GetStringAsync("/v1.0/state/keys/identity");
        await rig.StopAsync();
        await rig.StartAsync();
        Assert.Equal(before, await rig.Sidecar.GetStringAsync("/v1.0/state/keys/identity"));
        await rig.StopAsync();
        rig.Settings = ["--GATEWAY_ADMIN_KEY=another-admin-key-of-the-test", "--GATEWAY_API_KEY=gw-another-key-of-the-environment"];
        await rig.StartAsync();

        var old = JsonSerializer.Deserialize<GatewayIdentity>(before, JsonSerializerOptions.Web)!;
        var now = JsonSerializer.Deserialize<GatewayIdentity>(await rig.Sidecar.GetStringAsync("/v1.0/state/keys/identity"), JsonSerializerOptions.Web)!;
        Assert.Equal(old.HashSecret, now.HashSecret);
        Assert.Equal(new KeyHasher(now.HashSecret).Hash("another-admin-key-of-the-test"), now.AdminKeyHash);
        Assert.Null(await rig.RecordAsync(BillingRig.ApiKey));
        Assert.Equal("key_default", (await rig.RecordAsync("gw-another-key-of-the-environment"))!.Id);
    }
}
