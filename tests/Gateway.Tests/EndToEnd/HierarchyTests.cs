using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Rule F31, through two front doors: key, team and organisation admit together, refuse together and are released together.</summary>
public sealed class HierarchyTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private static readonly string[] Who = ["this API key", "the team of this API key", "the organisation of this API key"];

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_hold_all_levels_while_they_run_and_free_all_when_they_end_or_their_client_leaves(int tight)
    {
        const int room = 4;
        var account = await HierarchyAsync(tight, new { concurrentRequests = room }, new { amount = 50, period = "month" });
        var marker = $"levels-{tight}";
        var gate = new Gate();
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Streams.Opening(true).At(gate).Closing(true));
        await using var second = await _gateway.OpenDoorAsync();
        var open = new ConcurrentBag<HttpResponseMessage>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 30), new ParallelOptions { MaxDegreeOfParallelism = 30 }, async (i, ct) =>
        {
            var request = TestGateway.Messages("claude-test-4.5", true, marker, account.Key);
            request.RequestUri = new Uri((i % 2 == 0 ? _gateway.Url : second.Urls.First()) + "/v1/messages");
            var response = await _gateway.SendAsync(request, ct);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                open.Add(response);
                return;
            }

            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Contains($"The limit of {Who[tight]} is reached: {room} requests at the same time", await response.Content.ReadAsStringAsync(ct));
            response.Dispose();
        });
        Assert.InRange(open.Count, 1, room);
        // The levels that refused nothing hold what runs too, and nothing of those that were refused elsewhere.
        await UntilAsync(account, statuses => statuses.All(s => s.GetProperty("slotsHeld").GetInt32() == open.Count));

        // One client leaves in the middle of its stream, the others read theirs to the end.
        open.TryTake(out var left);
        left!.Dispose();
        gate.Release(room);
        foreach (var response in open)
        {
            Assert.Contains("message_stop", await response.Content.ReadAsStringAsync());
            response.Dispose();
        }

        var admitted = open.Count + 1;
        await _gateway.UsageAsync(account.Id, admitted);
        await UntilAsync(account, statuses => statuses.All(s => s.GetProperty("slotsHeld").GetInt32() == 0 && Money(s, "held") == 0));
        var spent = (await StatusesAsync(account)).Select(s => Money(s, "spent")).Distinct().ToList();
        Assert.True(spent is [> 0], string.Join(", ", spent));
        foreach (var path in new[] { "teams/" + account.Team, "organizations/" + account.Organization })
            Assert.Equal(
                admitted, (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/{path}/usage")).GetProperty("totals").GetProperty("requests").GetInt32());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_level_is_overspent_by_a_cent_and_all_levels_tell_the_same_spend(int tight)
    {
        const decimal budget = 0.02m;
        var account = await HierarchyAsync(tight, new { requestsPerMinute = 1000 }, new { amount = budget, period = "day", enforcement = "strict" });
        var marker = $"cents-{tight}";
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Streams.Opening(true).Closing(true));
        await using var second = await _gateway.OpenDoorAsync();
        var admitted = 0;
        for (var round = 0; round < 3; round++)
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 60 }, async (i, ct) =>
            {
                var request = TestGateway.Messages("claude-test-4.5", true, marker, account.Key);
                request.RequestUri = new Uri((i % 2 == 0 ? _gateway.Url : second.Urls.First()) + "/v1/messages");
                using var response = await _gateway.SendAsync(request, ct);
                var text = await response.Content.ReadAsStringAsync(ct);
                if (response.StatusCode == HttpStatusCode.OK)
                    Interlocked.Increment(ref admitted);
                else
                    Assert.True(
                        response.StatusCode is HttpStatusCode.PaymentRequired or HttpStatusCode.TooManyRequests && text.Contains($"budget of {Who[tight]} ("),
                        text);
            });
            var totals = await _gateway.UsageAsync(account.Id, admitted);
            Assert.InRange(decimal.Parse(totals.GetProperty("cost").GetString()!, CultureInfo.InvariantCulture), 0.000603m, budget);
        }

        await UntilAsync(account, statuses => statuses.All(s => Money(s, "spent") == admitted * 0.000603m && Money(s, "held") == 0));
        // Each level's bucket has lost what was admitted, give or take what has flown in since; a refused request took nothing.
        foreach (var status in await StatusesAsync(account))
            Assert.InRange(status.GetProperty("requests").GetProperty("remaining").GetInt64(), 1000 - admitted, 1000);
    }

    private static decimal Money(JsonElement status, string what) =>
        decimal.Parse(status.GetProperty("budget").GetProperty(what).GetString()!, CultureInfo.InvariantCulture);

    /// <summary>All levels have limits of the same kinds; those of one are tight.</summary>
    private async Task<Account> HierarchyAsync(int tight, object limits, object budget)
    {
        var wide = (Limits: new { requestsPerMinute = 1000, concurrentRequests = 100 }, Budget: new { amount = 1000, period = "month" });
        object LimitsOf(int level) => level == tight ? limits : wide.Limits;
        object BudgetOf(int level) => level == tight ? budget : wide.Budget;
        var organization = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/organizations", new { limits = LimitsOf(2), budget = BudgetOf(2) }))
            .GetProperty("id").GetString()!;
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { parent = organization, limits = LimitsOf(1), budget = BudgetOf(1) }))
            .GetProperty("id").GetString()!;
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team, limits = LimitsOf(0), budget = BudgetOf(0) });
        return new Account(id, key, team, organization);
    }

    private async Task<List<JsonElement>> StatusesAsync(Account account)
    {
        var key = await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{account.Id}/status");
        var groups = key.GetProperty("groups");
        return [key.GetProperty("status"), groups.GetProperty(account.Team), groups.GetProperty(account.Organization)];
    }

    private async Task UntilAsync(Account account, Func<List<JsonElement>, bool> holds)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var statuses = await StatusesAsync(account);
            if (holds(statuses))
                return;
            Assert.False(limit.IsCancellationRequested, string.Join('\n', statuses.Select(s => s.GetRawText())));
            await Task.Delay(100);
        }
    }

    private sealed record Account(string Id, string Key, string Team, string Organization);
}
