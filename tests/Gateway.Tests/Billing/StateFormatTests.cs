using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

/// <summary>A Dapr sidecar decodes the values of actor state and events into Go's any: every JSON number becomes a double and is written anew.</summary>
public class StateFormatTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private static readonly DateTimeOffset Now = new(2026, 3, 14, 12, 0, 0, 7, TimeSpan.Zero);

    [Fact]
    public void An_accounts_state_survives_a_sidecar_that_reads_numbers_as_doubles()
    {
        var book = new AccountBook("key", new AccountState(), new AccountOptions());
        book.Configure(
            new AccountSettings
            {
                Limits = new KeyLimits
                {
                    RequestsPerMinute = 7,
                    InputTokensPerMinute = 100_000_000_000,
                    OutputTokensPerMinute = 99_999_999_999,
                    ConcurrentRequests = 3,
                },
                Budget = new KeyBudget { Amount = 123_456_789_012.345m, MaxReservation = 0.1m },
            },
            Now);
        var need = new Allowance { Requests = 1, InputTokens = 12_345_678_901, Money = 79_228.162514264337593543950335m };
        book.Lease(new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = need }, Now);
        book.Record(BillingRig.Entry(BillingRig.Event("r", "key", Now, 0.1234567890123456789012345678m) with { LeaseId = "i1" }));
        book.Configure(book.State.Settings with { Budget = new KeyBudget { Amount = 0.1m, WarnAt = [50] } }, Now);
        Assert.Single(book.State.Warnings);
        AssertSurvives(book.State);
    }

    [Fact]
    public void A_days_roll_up_survives_too()
    {
        var rows = new List<UsageRow>();
        UsageRow.Add(rows, UsageRow.Of(BillingRig.Event("r", "key", Now, 0.1234567890123456789012345678m)));
        AssertSurvives(rows);
    }

    [Fact]
    public void Its_facts_survive_too()
    {
        var e = BillingRig.Event("r", "key", Now, 0.1234567890123456789012345678m) with { User = "u", Tags = new Dictionary<string, string> { ["a"] = "b" } };
        var row = UsageRow.Of(e);
        row.Sums.InputTokens = 1_000_000_000_000;
        AssertSurvives(new OpenFacts
        {
            Pages = 3,
            Facts = [new() { Origin = UsageOrigin.Of(e), Model = row.Model, Provider = row.Provider, Currency = row.Currency, Sums = row.Sums }],
        });
    }

    [Fact]
    public void So_does_an_event_on_its_way()
    {
        var e = BillingRig.Event("r", "key", Now, 0.1234567890123456789012345678m);
        var read = JsonSerializer.Deserialize(AsDoubles(JsonNode.Parse(UsageJson.Write(e)))!.ToJsonString(), UsageJson.Default.UsageEvent)!;
        Assert.Equal(UsageJson.Write(e), UsageJson.Write(read));
    }

    private static void AssertSurvives<T>(T state)
    {
        var written = JsonSerializer.Serialize(state, Web);
        var read = JsonSerializer.Deserialize<T>(AsDoubles(JsonNode.Parse(written))!.ToJsonString(), Web);
        Assert.Equal(written, JsonSerializer.Serialize(read, Web));
    }

    private static JsonNode? AsDoubles(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => new KeyValuePair<string, JsonNode?>(m.Key, AsDoubles(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(AsDoubles)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number =>
            JsonNode.Parse(Go(double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture))),
        _ => node?.DeepClone(),
    };

    /// <summary>Shortest digits that read back the same, without an exponent below 1e21.</summary>
    private static string Go(double number) => Math.Abs(number) < 1e21 && number == Math.Truncate(number)
        ? number.ToString("F0", CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture);
}
