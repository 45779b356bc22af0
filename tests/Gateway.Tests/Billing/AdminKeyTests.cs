using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

/// <summary>New values for admin keys.</summary>
public class AdminKeyTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task A_rotated_admin_key_overlaps_and_a_rotation_without_overlap_ends_the_old_ones_at_once()
    {
        var made = await CreateAsync();
        var first = (string)made["key"]!;
        var (status, rotated) = await RotateAsync(made, """{"overlapSeconds":3600}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var second = (string)rotated["key"]!;
        Assert.Matches("^gwa-[0-9A-Za-z]{43}$", second);
        Assert.NotEqual(first, second);
        Assert.NotNull(rotated["previousKeyExpiresAt"]);
        Assert.Equal((string)made["id"]!, (string)rotated["id"]!);
        Assert.Equal("billing_reader", (string)rotated["role"]!);
        var old = (await RecordAsync(first))!;
        Assert.Equal(((string)made["id"]!, (string)made["prefix"]!), (old.Id, old.Prefix));
        Assert.True(old.IsUsable(DateTimeOffset.UtcNow.AddMinutes(50)));
        Assert.False(old.IsUsable(DateTimeOffset.UtcNow.AddMinutes(70)));
        Assert.True((await RecordAsync(second))!.IsUsable(DateTimeOffset.UtcNow.AddYears(1)));

        // A second one within the overlap never makes the first value last longer.
        var third = (string)(await RotateAsync(made, null)).Body["key"]!;
        Assert.False((await RecordAsync(first))!.IsUsable(DateTimeOffset.UtcNow.AddMinutes(70)));
        Assert.InRange((await RecordAsync(second))!.ExpiresAt!.Value, DateTimeOffset.UtcNow.AddHours(23.9), DateTimeOffset.UtcNow.AddHours(24.1));

        var fourth = (string)(await RotateAsync(made, """{"overlapSeconds":0}""")).Body["key"]!;
        foreach (var gone in new[] { first, second, third })
            Assert.Null(await RecordAsync(gone));
        Assert.NotNull(await RecordAsync(fourth));
    }

    [Fact]
    public async Task No_value_outlives_the_admin_key_itself()
    {
        var end = DateTimeOffset.UtcNow.AddMinutes(30);
        var made = await CreateAsync(end);
        await RotateAsync(made, null);
        Assert.Equal(end.ToUnixTimeSeconds(), (await RecordAsync((string)made["key"]!))!.ExpiresAt!.Value.ToUnixTimeSeconds());
        await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/admin-keys/{made["id"]}");
        Assert.NotNull((await RecordAsync((string)made["key"]!))!.RevokedAt);
        Assert.Equal(HttpStatusCode.Conflict, (await RotateAsync(made, null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Post, "/admin/v1/admin-keys/admin_nobody/rotate")).Status);
    }

    [Fact]
    public async Task The_audit_trail_has_the_rotation_and_no_key()
    {
        var made = await CreateAsync();
        var (_, rotated) = await RotateAsync(made, null);
        var (_, page) = await rig.GetAsync($"/admin/v1/audit?target={made["id"]}");
        Assert.Equal(["admin_key.created", "admin_key.rotated"], page["data"]!.AsArray().Select(e => (string)e!["action"]!));
        Assert.Equal((string)rotated["prefix"]!, (string)page["data"]![1]!["after"]!["prefix"]!);
        foreach (var key in new[] { made, rotated })
            Assert.DoesNotContain((string)key["key"]!, page.ToJsonString(), StringComparison.Ordinal);
    }

    private async Task<JsonNode> CreateAsync(DateTimeOffset? end = null)
    {
        var (status, made) = await rig.SendAsync(
            HttpMethod.Post, "/admin/v1/admin-keys", JsonSerializer.Serialize(new { name = "n", role = "billing_reader", expiresAt = end }));
        Assert.Equal(HttpStatusCode.Created, status);
        return made;
    }

    private Task<(HttpStatusCode Status, JsonNode Body)> RotateAsync(JsonNode key, string? body) =>
        rig.SendAsync(HttpMethod.Post, $"/admin/v1/admin-keys/{key["id"]}/rotate", body);

    private async Task<AdminRecord?> RecordAsync(string key)
    {
        var dapr = rig.Services.GetRequiredService<DaprClient>();
        var identity = (await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity))!;
        return await dapr.GetStateAsync<AdminRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfAdmin(new KeyHasher(identity.HashSecret).Hash(key)));
    }
}
