using System.Diagnostics;
using System.Net;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Tests.Billing;

/// <summary>Parts of Dapr that are away: the scheduler, which reminders need, and placement, without which calls to actors hang.</summary>
public class AwayTests
{
    [Fact]
    public async Task A_first_lease_needs_no_reminder_and_it_is_set_when_it_can_be()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        rig.SidecarStarted = address => breaking.Behind = address;
        await rig.StartAsync();
        breaking.Refuse("/reminders/");
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":1}}"""))["id"]!;
        var sequence = 0;
        Assert.Equal(0.5m, (await LeaseAsync()).Granted.Money);
        breaking.Hang("/reminders/");
        Assert.Equal(0.5m, (await LeaseAsync()).Granted.Money);
        breaking.Hang(null);
        breaking.Refuse(null);
        var registered = $"/v1.0/actors/Account/{id}/reminders/";
        breaking.Requests.Clear();
        await BillingRig.UntilAsync(async () =>
        {
            await rig.Account(id).AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = ++sequence });
            return breaking.Requests.Any(r => r.Contains(registered, StringComparison.Ordinal));
        });

        Task<LeaseGrant> LeaseAsync() => rig.Account(id)
            .AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = ++sequence, Need = new Allowance { Requests = 1, Money = 0.5m } })
            .WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_admin_call_while_actors_cannot_be_reached_is_a_503_within_seconds()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}", "--GATEWAY_ACTOR_WAIT_SECONDS=2"] };
        rig.SidecarStarted = address => breaking.Behind = address;
        await rig.StartAsync();
        breaking.Hang("/actors/");
        var clock = Stopwatch.StartNew();
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("again", problem.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        breaking.Hang(null);
        await rig.CreateKeyAsync();
    }

    [Fact]
    public async Task The_identity_is_there_when_the_key_of_the_environment_is()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        rig.SidecarStarted = address => breaking.Behind = address;
        breaking.Refuse($"/actors/{ActorTypes.Account}/");
        var starting = rig.StartAsync();
        await BillingRig.UntilAsync(() => Task.FromResult(
            rig.Sidecar is not null && breaking.Requests.Count(r => r.Contains("/actors/Account/key_default/", StringComparison.Ordinal)) > 1));
        // Without it ingress answers 503 to every key, and is not ready: the valid one must not be called unknown.
        Assert.Equal("", await rig.Sidecar.GetStringAsync($"/v1.0/state/keys/{KeyStoreKeys.Identity}"));
        breaking.Refuse(null);
        await starting;
        Assert.NotNull(await rig.RecordAsync(BillingRig.ApiKey));
    }
}
