using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Billing;
using Gateway.Contracts.Usage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

/// <summary>Events that carry their number in a source are counted once each, whatever the deliveries look like.</summary>
public class NumberedEventTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static int _next;

    private static string New(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);

    private static UsageEvent Numbered(string key, string source, long number, decimal cost = 0.01m) =>
        BillingRig.Event($"{source}-{key}-{number}", key, Noon, cost) with { Source = source, Sequence = number };

    private static IEnumerable<UsageEvent> Many(string key, string source, params long[] numbers) => numbers.Select(n => Numbered(key, source, n));

    /// <summary>All at once, as a sidecar brings them: what comes while the account is busy goes to it together.</summary>
    private static async Task<IEnumerable<string>> DeliverAsync(BillingRig rig, params UsageEvent[] events) => await Task.WhenAll(events.Select(async e =>
    {
        using var content = new ByteArrayContent(UsageJson.Write(e));
        using var answer = await rig.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!;
    }));

    private async Task TakenAsync(params UsageEvent[] events) => Assert.All(await DeliverAsync(rig, events), s => Assert.Equal("SUCCESS", s));

    private static async Task AssertCountedAsync(BillingRig rig, string account, int events, decimal cost = 0.01m)
    {
        var balance = await rig.Account(account).GetBalanceAsync();
        Assert.Equal((events, events * cost), (balance.Events, balance.Spent.GetValueOrDefault("USD")));
        Assert.True((bool)(await rig.GetAsync($"/admin/v1/reconciliation?keyId={account}")).Body["consistent"]!);
    }

    [Fact]
    public async Task The_same_number_counts_once_in_a_batch_and_in_later_ones()
    {
        var key = New("key_numbered");
        await TakenAsync([.. Many(key, "run1", 1, 2, 2, 1, 3)]);
        await AssertCountedAsync(rig, key, 3);
        await TakenAsync([.. Many(key, "run1", 3, 4, 1)]);
        await AssertCountedAsync(rig, key, 4);
    }

    [Fact]
    public async Task Numbers_out_of_order_and_with_gaps_count_once_each()
    {
        var key = New("key_gaps");
        await TakenAsync([.. Many(key, "run1", 9, 5, 1)]);
        await TakenAsync([.. Many(key, "run1", 7, 5, 3, 9)]);
        await AssertCountedAsync(rig, key, 5);
        await TakenAsync([.. Many(key, "run1", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]);
        await AssertCountedAsync(rig, key, 10);
    }

    [Fact]
    public async Task A_number_that_was_given_to_another_request_is_none()
    {
        var key = New("key_copied");
        var first = Numbered(key, "run1", 1) with { SequenceOf = $"run1-{key}-1" };
        var copied = first with { RequestId = "copied-" + key };
        await TakenAsync(first, copied, copied, first);
        await TakenAsync(copied, first);
        await AssertCountedAsync(rig, key, 2);
    }

    [Fact]
    public async Task Each_source_has_numbers_of_its_own()
    {
        var key = New("key_sources");
        await TakenAsync([.. Many(key, "run1", 1, 2), .. Many(key, "run2", 1, 2, 3)]);
        await TakenAsync([.. Many(key, "run1", 2, 3), .. Many(key, "run2", 3)]);
        await AssertCountedAsync(rig, key, 6);
    }

    [Fact]
    public async Task Where_a_source_ends_and_a_key_begins_is_no_matter_of_spelling()
    {
        var team = New("team:spelling");
        var (one, other) = (New("key_x"), New("key_y"));
        await TakenAsync(
            Numbered(other, "run:" + one, 1) with { Accounts = [other, team] },
            Numbered(one + ":" + other, "run", 1) with { Accounts = [team] },
            Numbered("odd / key", "run \u00e9", 1) with { Accounts = [team, "key_odd"], KeyId = "key_odd" });
        await AssertCountedAsync(rig, team, 3);
    }

    [Fact]
    public async Task Events_without_a_number_count_once_by_their_request_beside_those_with_one()
    {
        var key = New("key_mixed");
        var plain = BillingRig.Event(New("req"), key, Noon);
        var half = BillingRig.Event(New("req"), key, Noon) with { Source = "run1" };
        var none = BillingRig.Event(New("req"), key, Noon) with { Source = "run1", Sequence = 0 };
        await TakenAsync(plain, Numbered(key, "run1", 1), plain, half, none);
        await TakenAsync(half, plain, Numbered(key, "run1", 2), Numbered(key, "run1", 1), none);
        await AssertCountedAsync(rig, key, 5);
    }

    [Fact]
    public async Task A_team_counts_the_numbers_of_each_of_its_keys()
    {
        var (a, b, team, organisation) = (New("key_a"), New("key_b"), New("team:n"), New("org:n"));
        UsageEvent Of(string key, long number) => Numbered(key, "run1", number) with { Accounts = [key, team, organisation] };
        await TakenAsync(Of(a, 1), Of(b, 1), Of(a, 2), Of(b, 1));
        await TakenAsync(Of(b, 2), Of(a, 2), Of(b, 3));
        await AssertCountedAsync(rig, a, 2);
        await AssertCountedAsync(rig, b, 3);
        await AssertCountedAsync(rig, team, 5);
        await AssertCountedAsync(rig, organisation, 5);
    }

    [Fact]
    public async Task What_was_counted_is_known_after_a_restart()
    {
        await using var own = new BillingRig();
        await own.StartAsync();
        await DeliverAsync(own, [.. Many("key_1", "run1", 1, 2, 4), .. Many("key_1", "run2", 1)]);
        for (var i = 0; i < 2; i++)
        {
            await own.StopAsync();
            await own.StartAsync();
            Assert.All(await DeliverAsync(own, [.. Many("key_1", "run1", 1, 2, 3, 4), .. Many("key_1", "run2", 1)]), s => Assert.Equal("SUCCESS", s));
            await AssertCountedAsync(own, "key_1", 5);
        }
    }

    [Fact]
    public async Task A_write_that_fails_has_counted_nothing_and_one_whose_answer_is_lost_has_counted_all()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var own = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        own.SidecarStarted = address => breaking.Behind = address;
        await own.StartAsync();
        await DeliverAsync(own, [.. Many("key_1", "run1", 1)]);

        breaking.RefuseWrites(int.MaxValue);
        Assert.Equal(["RETRY", "RETRY", "RETRY"], await DeliverAsync(own, [.. Many("key_1", "run1", 2, 3), BillingRig.Event("req", "key_1", Noon)]));
        breaking.RefuseWrites(0);
        await AssertCountedAsync(own, "key_1", 1);
        Assert.Equal(["SUCCESS", "SUCCESS", "SUCCESS"], await DeliverAsync(own, [.. Many("key_1", "run1", 2, 3), BillingRig.Event("req", "key_1", Noon)]));
        await AssertCountedAsync(own, "key_1", 4);

        // Written and not answered: asked for again, and then known.
        breaking.LoseAnswersToWrites(1);
        Assert.Equal(["RETRY"], await DeliverAsync(own, [.. Many("key_1", "run1", 4)]));
        Assert.Equal(["SUCCESS", "SUCCESS"], await DeliverAsync(own, [.. Many("key_1", "run1", 4, 5)]));
        await AssertCountedAsync(own, "key_1", 6);
    }

    [Fact]
    public async Task A_batch_that_fails_is_brought_one_by_one()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var own = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        own.SidecarStarted = address => breaking.Behind = address;
        await own.StartAsync();
        await DeliverAsync(own, [.. Many("key_1", "run1", 1)]);

        // The first waits for its turn until the others are in line behind it; then their turn together fails, once.
        const string Turn = "/actors/Account/key_1/method/RecordUsageAsync";
        breaking.Hang(Turn);
        var first = DeliverAsync(own, [.. Many("key_1", "run1", 2)]);
        await BillingRig.UntilAsync(() => Task.FromResult(breaking.Requests.Count(r => r.EndsWith(Turn, StringComparison.Ordinal)) == 2));
        var others = DeliverAsync(own, [.. Many("key_1", "run1", 3, 4, 5)]);
        var recorder = own.Services.GetRequiredService<BillingMetrics>();
        await BillingRig.UntilAsync(() => Task.FromResult(recorder.InProgress == 4));
        breaking.Refuse(Turn, after: 1, times: 1);
        breaking.Hang(null);
        Assert.Equal(["SUCCESS"], await first);
        Assert.Equal(["SUCCESS", "SUCCESS", "SUCCESS"], await others);
        await AssertCountedAsync(own, "key_1", 5);
        // One alone, one that is held, three together in vain, and each by itself.
        Assert.Equal(6, breaking.Requests.Count(r => r.EndsWith(Turn, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task More_events_than_fill_pages_are_listed_as_they_came()
    {
        var key = New("key_pages");
        var events = Enumerable.Range(1, 150).Select(n => Numbered(key, "run1", n)).ToArray();
        foreach (var e in (UsageEvent[])[.. events[..5], .. events[3..]])
            await TakenAsync(e);
        await AssertCountedAsync(rig, key, 150);
        var read = (await rig.GetAsync($"/admin/v1/keys/{key}/events?limit=1000")).Body["data"]!.AsArray();
        Assert.Equal(
            events.Select(e => Encoding.UTF8.GetString(UsageJson.Write(e))),
            read.Select(e => Encoding.UTF8.GetString(UsageJson.Write(UsageJson.Read(Encoding.UTF8.GetBytes(e!.ToJsonString()))!))));
    }

    [Fact]
    public async Task A_corrected_dead_letter_keeps_its_number()
    {
        var key = New("key_letter");
        await TakenAsync(Numbered(key, "run1", 1));

        // Counted already: the correction, whose body says nothing of a number, is the same event.
        await CorrectAsync(Numbered(key, "run1", 1), Numbered(key, "run1", 1) with { Source = null, Sequence = null });
        await AssertCountedAsync(rig, key, 1);

        // Not counted yet: it takes the letter's number, and a delivery that comes late is known.
        await CorrectAsync(Numbered(key, "run1", 2), Numbered(key, "run1", 2) with { Source = null, Sequence = null });
        await TakenAsync(Numbered(key, "run1", 2));
        await AssertCountedAsync(rig, key, 2);
    }

    [Fact]
    public async Task A_dead_letter_corrected_to_another_key_keeps_its_number_as_one_of_the_first_key()
    {
        var (key, other, team) = (New("key_letter"), New("key_letter"), New("team:letter"));
        await TakenAsync(Numbered(key, "run1", 1), Numbered(other, "run1", 1), Numbered(other, "run1", 2));

        // The team could take it when the first key could not.
        var letter = Numbered(key, "run1", 2) with { SequenceOf = $"run1-{key}-2" };
        await TakenAsync(letter with { Accounts = [team] });
        var corrected = letter with { KeyId = other, Accounts = [other, team], Source = null, Sequence = null, SequenceOf = null };
        await CorrectAsync(letter, corrected);
        await AssertCountedAsync(rig, team, 1);
        await AssertCountedAsync(rig, other, 3);

        // Once more, and back again: it is still the same event, whose second key is not the first one.
        await CorrectAsync(letter with { KeyId = other, SequenceKey = key }, corrected);
        await CorrectAsync(letter with { KeyId = other, SequenceKey = key }, letter with { Accounts = [key, team] });
        await TakenAsync(letter);
        await AssertCountedAsync(rig, team, 1);
        await AssertCountedAsync(rig, other, 3);
        await AssertCountedAsync(rig, key, 2);
    }

    private async Task CorrectAsync(UsageEvent letter, UsageEvent corrected)
    {
        var body = JsonNode.Parse(UsageJson.Write(letter))!.AsObject();
        body["stream"] = "perhaps " + New("");
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        (await rig.Billing.PostAsync(new Uri("/events/usage-dead-letter", UriKind.Relative), content)).Dispose();
        var id = (
            await rig.GetAsync("/admin/v1/dead-letters?limit=1000")).Body["data"]!.AsArray().Single(l => (string)l!["body"]! == body.ToJsonString())!["id"];
        Assert.Equal(
            HttpStatusCode.OK,
            (await rig.SendAsync(HttpMethod.Post, $"/admin/v1/dead-letters/{id}/replay", Encoding.UTF8.GetString(UsageJson.Write(corrected)))).Status);
    }
}
