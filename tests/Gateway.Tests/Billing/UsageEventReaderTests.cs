using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

/// <summary>The quick reader against the one it stands in for: what it takes it reads alike, and it takes nothing that the other refuses.</summary>
public class UsageEventReaderTests
{
    private static readonly UsageEvent Small = BillingRig.Event(
        "req_1", "key_1", new DateTimeOffset(2026, 3, 14, 12, 0, 0, 123, TimeSpan.FromHours(2)), 0.0000001m);

    private static readonly UsageEvent Whole = EventContractTests.Whole with
    {
        Surface = "/v1/\"mess\\ages\"\u0001é漢😀",
        Metadata = new Dictionary<string, string> { ["user_id"] = "é", [""] = "" },
        Cost = new Cost
        {
            Amount = -1234567890.0000000001m,
            Currency = "CNY",
            AssumedCacheLifetime = false,
            Price = BillingRig.Dollars with
            {
                LongContext = new LongContext { AboveInputTokens = 200_000, PerMillion = new PerMillion { Input = 6 } },
                Factors = new Dictionary<string, decimal> { ["batch"] = 0.5m },
            },
        },
    };

    public static TheoryData<string> Events =>
        [
            .. new[] { Small, Whole, Small with { Cost = null, Usage = new TokenUsage(), Outcome = RequestOutcome.Truncated } }.Select(
                e => Encoding.UTF8.GetString(UsageJson.Write(e)))];

    private static UsageEvent? Slowly(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, UsageJson.Default.UsageEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    [Theory]
    [MemberData(nameof(Events))]
    public void What_the_gateway_writes_is_read_as_it_was(string json)
    {
        var read = UsageEventReader.TryRead(Bytes(json));
        Assert.NotNull(read);
        Assert.Equal(json, Encoding.UTF8.GetString(UsageJson.Write(read)));
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void The_quick_writer_writes_the_same_bytes(RequestOutcome outcome)
    {
        foreach (var e in new[]
                 {
                     Small, Whole, Small with { Cost = null, Usage = new TokenUsage() },
                     Whole with { LatencyMs = 1e-9, Sequence = long.MaxValue, ProviderCost = decimal.MaxValue, Accounts = [], Dropped = [], FailedRoutes = [] },
                 })
        {
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
                UsageEventWriter.Write(json, e with { Outcome = outcome });
            Assert.Equal(Encoding.UTF8.GetString(UsageJson.Write(e with { Outcome = outcome })), Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
    }

    public static TheoryData<RequestOutcome> Outcomes => [.. Enum.GetValues<RequestOutcome>()];

    [Theory]
    [MemberData(nameof(Events))]
    public void The_order_of_the_fields_and_white_space_are_of_no_account(string json)
    {
        var fields = JsonNode.Parse(json)!.AsObject();
        var backwards = new JsonObject(fields.Reverse().Select(f => new KeyValuePair<string, JsonNode?>(f.Key, f.Value!.DeepClone())));
        var read = UsageEventReader.TryRead(Bytes("\n " + backwards.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + " \n"));
        Assert.Equal(json, Encoding.UTF8.GetString(UsageJson.Write(read!)));
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void Every_change_of_a_value_is_taken_alike_or_left_to_the_other(string json)
    {
        string[] values =
        [
            "null", "\"\"", "\"x\"", "0", "1.5", "-1", "1e3", "99999999999999999999", "true", "{}", "[]", "[null]", "[1]", "\"1.50\"",
            "\"1.5 \"", "\"\\ud800\"", "\"completed\"", "\"Completed\"", "\"2026-03-14T12:00:00Z\"", "{\"input_tokens\":1}",
        ];
        foreach (var path in Paths(JsonNode.Parse(json)!.AsObject()))
        {
            foreach (var value in values)
                AssertAlike(Bytes(With(json, path, value)));
            AssertAlike(Bytes(With(json, path, null)));
        }
    }

    [Fact]
    public void Every_cut_of_the_bytes_is_refused()
    {
        var json = UsageJson.Write(Whole);
        for (var length = 0; length < json.Length; length++)
            Assert.Null(UsageEventReader.TryRead(json.AsSpan(0, length)));
        Assert.Null(UsageEventReader.TryRead([.. json, (byte)'x']));
        Assert.Null(UsageEventReader.TryRead([.. json, .. json]));
    }

    [Fact]
    public void Every_damaged_byte_is_taken_alike_or_left_to_the_other()
    {
        var json = UsageJson.Write(Small);
        foreach (var damage in new byte[] { 0xFF, (byte)'"', (byte)'0', (byte)'{', (byte)'\\' })
        {
            for (var i = 0; i < json.Length; i++)
            {
                var damaged = (byte[])json.Clone();
                damaged[i] = damage;
                AssertAlike(damaged);
            }
        }
    }

    [Theory]
    [InlineData("\"Request_ID\":\"req_2\"")]
    [InlineData("\"later_field\":{\"a\":[1]}")]
    [InlineData("\"request_id\":\"req_2\"")]
    [InlineData("\"trace_id\":null")]
    [InlineData("\"request\\u005fid\":\"req_2\"")]
    public void Another_spelling_is_left_to_the_other(string field)
    {
        var json = Bytes(Encoding.UTF8.GetString(UsageJson.Write(Small))[..^1] + "," + field + "}");
        Assert.Null(UsageEventReader.TryRead(json));
        Assert.NotNull(UsageJson.Read(json));
    }

    [Fact]
    public void Prices_that_are_read_from_memory_are_each_the_own()
    {
        for (var i = 0; i < 300; i++)
        {
            var priced = Small with
            {
                Cost = new Cost { Amount = i, Currency = "USD", Price = BillingRig.Dollars with { PerMillion = new PerMillion { Input = i % 150 } } },
            };
            Assert.Equal(i % 150, UsageEventReader.TryRead(UsageJson.Write(priced))!.Cost!.Price.PerMillion.Input);
        }
    }

    private static void AssertAlike(byte[] json)
    {
        if (UsageEventReader.TryRead(json) is not { } quick)
            return;
        var slow = Slowly(json);
        Assert.True(slow is not null, Encoding.UTF8.GetString(json));
        Assert.Equal(Encoding.UTF8.GetString(UsageJson.Write(slow)), Encoding.UTF8.GetString(UsageJson.Write(quick)));
    }

    private static IEnumerable<string[]> Paths(JsonObject node)
    {
        foreach (var (name, value) in node)
        {
            yield return [name];
            if (value is JsonObject inner)
            {
                foreach (var path in Paths(inner))
                    yield return [name, .. path];
            }
        }
    }

    /// <summary>The value as it stands, not as a JSON library would write it; null takes the field away.</summary>
    private static string With(string json, string[] path, string? value)
    {
        const string Mark = "@@@";
        var root = JsonNode.Parse(json)!.AsObject();
        var parent = path[..^1].Aggregate(root, (node, name) => node[name]!.AsObject());
        if (value is null)
            parent.Remove(path[^1]);
        else
            parent[path[^1]] = Mark;
        return root.ToJsonString().Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }
}
