using System.Text;
using System.Text.Json;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

public class AccountLedgerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task However_many_events_an_account_has_its_cache_holds_a_few_entries(int batch)
    {
        var state = new MemoryState();
        var ledger = new AccountLedger(state, keepsEvents: true);
        long number = 0;
        while (number < 1_000)
        {
            for (var i = 0; i < batch; i++)
            {
                var plain = BillingRig.Event("req_" + number, "key", Noon);
                var e = number % 5 == 0 ? plain : plain with { Source = "run", Sequence = number };
                var entry = BillingRig.Entry(e);
                Assert.True(await ledger.TryCountAsync(entry, ++number));
                await ledger.AddAsync(entry, number);
            }

            await ledger.StageAsync();
            await ledger.WrittenAsync(number);
            // The numbers of the one source, the one day and its facts, the page that is not full.
            Assert.True(state.Held.Count <= 4, string.Join(' ', state.Held));
        }

        for (long n = 0; n < number; n += AccountLedger.EventsPerPage)
        {
            var page = new EventPage { Events = (await ledger.EventsAsync(n + 1)).Json }.ReadEvents();
            Assert.Equal(Enumerable.Range((int)n, page.Count).Select(i => "req_" + i), page.Select(e => e.RequestId));
            Assert.True(page.Count == AccountLedger.EventsPerPage || n + page.Count == number);
        }
    }

    [Fact]
    public async Task An_account_with_many_sources_and_days_lets_go_of_them_and_knows_them_again()
    {
        var state = new MemoryState();
        var ledger = new AccountLedger(state, keepsEvents: false);
        for (var i = 0; i < 1_000; i++)
        {
            var e = BillingRig.Event("req", "key_" + (i % 500), Noon.AddDays(i % 100)) with { Source = "run", Sequence = 7 };
            var entry = UsageEntry.Of(e, json: null);
            Assert.Equal(i < 500, await ledger.TryCountAsync(entry, i + 1));
            if (i >= 500)
                continue;
            await ledger.AddAsync(entry, i + 1);
            await ledger.StageAsync();
            await ledger.WrittenAsync(i + 1);
            Assert.True(state.Held.Count <= 300, state.Held.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("[]", "[{\"n\":1}]")]
    [InlineData(" [ ] ", "[{\"n\":1}]")]
    [InlineData("[{\"a\":[1]}]", "[{\"a\":[1]},{\"n\":1}]")]
    [InlineData("[ {\"a\" : 1} , {} ]\n", "[ {\"a\" : 1} , {},{\"n\":1}]")]
    public void A_page_that_was_stored_in_whatever_spelling_takes_more_events(string stored, string json)
    {
        var page = JsonSerializer.Deserialize<StoredEvents>(stored)!;
        page.Add("{\"n\":1}"u8);
        Assert.Equal(json, Encoding.UTF8.GetString(page.Json.Span));
        // What is written is compressed, and read as it was.
        Assert.StartsWith("\"", JsonSerializer.Serialize(page), StringComparison.Ordinal);
        Assert.Equal(json, Encoding.UTF8.GetString(JsonSerializer.Deserialize<StoredEvents>(JsonSerializer.Serialize(page))!.Json.Span));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"no base64\"")]
    [InlineData("\"AAAA\"")]
    [InlineData("{}")]
    public void What_is_no_page_is_told_as_such(string stored) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<StoredEvents>(stored));

    [Fact]
    public void Numbers_that_an_older_build_stored_are_known_and_take_more()
    {
        var numbers = JsonSerializer.Deserialize<CountedNumbers>("[1,7,9,9]", JsonSerializerOptions.Web)!;
        Assert.False(new NumberSet(numbers.Bounds).Add(7));
        Assert.True(new NumberSet(numbers.Bounds).Add(8));
        numbers.Month = 202603;
        var stored = JsonSerializer.Serialize(numbers, JsonSerializerOptions.Web);
        Assert.Equal("""{"numbers":[1,9],"month":202603}""", stored);
        var read = JsonSerializer.Deserialize<CountedNumbers>(stored, JsonSerializerOptions.Web)!;
        Assert.Equal((numbers.Month, "1 9"), (read.Month, string.Join(' ', read.Bounds)));
    }
}
