using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Billing;

public class ManyKeysTests
{
    private const int Count = 100_000;
    private const int Batch = 5_000;
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public async Task A_hundred_thousand_keys_are_listed_in_pages_from_any_place()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();

        // Reading a list leaves nothing of it cached, so what is written past the actor is seen.
        await rig.GetAsync("/admin/v1/keys");
        await SeedAsync(rig);

        Assert.Equal(Ids(1, 1_000), await PageAsync(rig, "limit=1000"));
        Assert.Equal(Ids(54_322, 3), await PageAsync(rig, $"limit=3&after={Id(54_321)}"));
        Assert.Equal(Ids(Count - 1, 2), await PageAsync(rig, $"limit=5&after={Id(Count - 2)}"));
        var (_, last) = await rig.GetAsync($"/admin/v1/keys?after={Id(Count)}");
        Assert.False((bool)last["hasMore"]!);

        var key = await rig.CreateKeyAsync();
        Assert.Equal([(string)key["id"]!], await PageAsync(rig, $"after={Id(Count)}"));
    }

    [Fact]
    public async Task The_directory_holds_no_key_that_it_has_dealt_with()
    {
        await using var sidecar = await BreakingSidecar.StartAsync();
        // Its clock stands: prices are held against budgets some time after the start, and all keys are read for it.
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={sidecar.Address}"], Time = new FakeTimeProvider(DateTimeOffset.UtcNow) };
        rig.SidecarStarted = address => sidecar.Behind = address;
        await rig.StartAsync();
        var key = (string)(await rig.CreateKeyAsync())["id"]!;

        // What it held it would not have to read: and each write would look through all of it.
        for (var i = 0; i < 3; i++)
        {
            sidecar.Requests.Clear();
            await rig.GetAsync($"/admin/v1/keys/{key}");
            Assert.Single(sidecar.Requests, r => r.StartsWith("GET ", StringComparison.Ordinal) && r.Contains($"/actors/{ActorTypes.KeyDirectory}/"));
        }
    }

    private static string Id(int number) => number == 1 ? KeyDirectoryActor.DefaultKeyId : "key_" + number.ToString("D6", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Ids(int first, int count) => Enumerable.Range(first, count).Select(Id);

    private static async Task<IEnumerable<string>> PageAsync(BillingRig rig, string query)
    {
        var (status, page) = await rig.GetAsync("/admin/v1/keys?" + query);
        Assert.Equal(HttpStatusCode.OK, status);
        return page["data"]!.AsArray().Select(k => (string)k!["id"]!);
    }

    /// <summary>Writes the state that so many creations would have left, through the sidecar's own state API: one by one they would take minutes.</summary>
    private static async Task SeedAsync(BillingRig rig)
    {
        using var client = new HttpClient();
        for (var first = 1; first <= Count; first += Batch)
        {
            var operations = new JsonArray();
            for (var n = Math.Max(2, first); n < first + Batch; n++)
            {
                var entry = new KeyEntry { Number = n, Record = new KeyRecord { Id = Id(n), CreatedAt = DateTimeOffset.UnixEpoch } };
                operations.Add(Upsert("key:" + Id(n), JsonSerializer.SerializeToNode(entry, Web)));
            }

            for (var page = (first - 1) / PagedList.PageSize; page < (first - 1 + Batch) / PagedList.PageSize; page++)
                operations.Add(
                    Upsert(
                        "keys:page:" + page.ToString(CultureInfo.InvariantCulture),
                        new JsonArray([.. Ids((page * PagedList.PageSize) + 1, PagedList.PageSize).Select(id => JsonValue.Create(id))])));
            operations.Add(Upsert("keys:count", first - 1 + Batch));
            using var answer = await client.PutAsJsonAsync(new Uri(rig.BillingSidecar, "/v1.0/actors/KeyDirectory/all/state"), operations);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }
    }

    private static JsonObject Upsert(string key, JsonNode? value) =>
        new() { ["operation"] = "upsert", ["request"] = new JsonObject { ["key"] = key, ["value"] = value } };
}
