using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Billing;

/// <summary>
/// What builds up to 2026-11-28 stored and sent, in their own bytes (<c>tests/fixtures/stored</c>): it is read whole and written alike, with what has
/// been added since. Names come from naming policies, so that a renamed member or another policy would lose what is in the stores.
/// </summary>
public class StoredFormTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Means nothing any more: reminders are set once for each life of an account's actor.</summary>
    private static readonly string[] GivenUp = ["account-state.watched"];

    private static string Stored(string name) => File.ReadAllText(RepositoryFiles.Path("tests", "fixtures", "stored", name + ".json")).TrimEnd();

    [Theory]
    [InlineData("account-state", typeof(AccountState))]
    [InlineData("day", typeof(List<UsageRow>))]
    [InlineData("key-record", typeof(KeyRecord))]
    [InlineData("lease-request", typeof(LeaseRequest))]
    [InlineData("lease-grant", typeof(LeaseGrant))]
    [InlineData("lease-refusal", typeof(LeaseGrant))]
    [InlineData("quota-exceeded", typeof(QuotaExceeded))]
    public void What_an_older_build_wrote_is_read_and_written_alike(string name, Type type)
    {
        var stored = Stored(name);
        var written = JsonSerializer.Serialize(JsonSerializer.Deserialize(stored, type, JsonSerializerOptions.Web), type, JsonSerializerOptions.Web);
        AssertKept(JsonNode.Parse(stored), JsonNode.Parse(written), name);
    }

    private static void AssertKept(JsonNode? stored, JsonNode? written, string path)
    {
        if (stored is JsonObject members)
        {
            foreach (var (name, value) in members.Where(m => !GivenUp.Contains($"{path}.{m.Key}")))
            {
                Assert.True(written is JsonObject now && now.ContainsKey(name), $"{path}.{name} is lost");
                AssertKept(value, written![name], $"{path}.{name}");
            }
        }
        else
        {
            Assert.True(JsonNode.DeepEquals(stored, written), $"{path} is {written?.ToJsonString()}, and was {stored?.ToJsonString()}");
        }
    }

    [Fact]
    public void A_usage_event_has_the_same_bytes_as_ever()
    {
        var stored = Stored("usage-event");
        Assert.Equal(stored, Encoding.UTF8.GetString(UsageJson.Write(UsageJson.Read(Encoding.UTF8.GetBytes(stored))!)));
    }

    [Fact]
    public void An_event_is_read_in_any_order_and_case_and_with_fields_of_a_later_build()
    {
        var stored = Stored("usage-event");
        var fields = JsonNode.Parse(stored)!.AsObject().Reverse().Select(f => KeyValuePair.Create(f.Key.ToUpperInvariant(), f.Value?.DeepClone()));
        var other = new JsonObject(fields) { ["later_field"] = new JsonObject { ["a"] = new JsonArray(1) } };
        Assert.Equal(stored, Encoding.UTF8.GetString(UsageJson.Write(UsageJson.Read(Encoding.UTF8.GetBytes("\n" + other.ToJsonString(Indented) + " "))!)));
    }

    [Fact]
    public void An_event_that_is_cut_off_or_followed_by_something_is_none()
    {
        var json = Encoding.UTF8.GetBytes(Stored("usage-event"));
        for (var length = 0; length < json.Length; length++)
            Assert.ThrowsAny<JsonException>(() => UsageJson.Read(json.AsSpan(0, length)));
        Assert.ThrowsAny<JsonException>(() => UsageJson.Read([.. json, .. json]));
    }
}
