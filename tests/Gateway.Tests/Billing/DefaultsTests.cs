using System.Net;

namespace Gateway.Tests.Billing;

public class DefaultsTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private const string Organization =
        """
        {"defaults":{"key":{"limits":{"requestsPerMinute":10},"budget":{"amount":5,"period":"day"},"models":["demo/*"],"queueSeconds":20},
         "user":{"models":["demo/*"]}}}
        """;

    [Fact]
    public async Task A_new_key_gets_what_its_team_says_and_where_that_says_nothing_what_the_organisation_says()
    {
        var org = await MakeAsync("organizations", Organization);
        var team = await MakeAsync("teams", $$$$"""{"defaults":{"key":{"limits":{"concurrentRequests":3}}},"parent":"{{{{org}}}}"}""");

        var key = await rig.CreateKeyAsync($$$"""{"teamId":"{{{team}}}"}""");
        Assert.Equal("""{"concurrentRequests":3}""", key["limits"]!.ToJsonString());
        Assert.Equal(5m, (decimal)key["budget"]!["amount"]!);
        Assert.Equal("""["demo/*"]""", key["models"]!.ToJsonString());
        Assert.Equal(20, (int)key["queueSeconds"]!);

        // They hold as if they had been said.
        var status = await rig.Account((string)key["id"]!).GetStatusAsync();
        Assert.Equal(3, status.ConcurrentRequests);
        Assert.Equal(5m, status.Budget!.Amount);
        var record = (await rig.RecordAsync((string)key["key"]!))!;
        Assert.Equal(["demo/*"], record.Models!);
        Assert.Equal(20, record.QueueSeconds);
    }

    [Fact]
    public async Task What_a_creation_says_takes_the_place_of_the_default_and_null_says_none()
    {
        var org = await MakeAsync("organizations", Organization);
        var team = await MakeAsync("teams", $$$"""{"parent":"{{{org}}}"}""");
        var (status, made) = await rig.SendAsync(
            HttpMethod.Post,
            "/admin/v1/keys/bulk",
            $$$"""
            {"keys":[{"teamId":"{{{team}}}","limits":{"outputTokensPerMinute":7},"budget":null,"models":null,"queueSeconds":null},
             {"teamId":"{{{team}}}"},{}]}
            """);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("""{"outputTokensPerMinute":7}""", made["data"]![0]!["limits"]!.ToJsonString());
        Assert.Null(made["data"]![0]!["budget"]);
        Assert.Null(made["data"]![0]!["models"]);
        Assert.Null(made["data"]![0]!["queueSeconds"]);
        Assert.Equal(20, (int)made["data"]![1]!["queueSeconds"]!);
        Assert.Equal("""{"requestsPerMinute":10}""", made["data"]![1]!["limits"]!.ToJsonString());
        Assert.Null(made["data"]![2]!["limits"]);
    }

    [Fact]
    public async Task Defaults_that_change_leave_the_keys_that_are_there_as_they_are()
    {
        var team = await MakeAsync("teams", """{"defaults":{"key":{"limits":{"requestsPerMinute":10}},"user":{"models":["demo/*"]}}}""");
        var key = await rig.CreateKeyAsync($$$"""{"teamId":"{{{team}}}"}""");
        var (_, changed) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", """{"defaults":{"key":{"limits":null,"models":["demo/*"]}}}""");
        Assert.Equal("""{"key":{"models":["demo/*"]},"user":{"models":["demo/*"]}}""", changed["defaults"]!.ToJsonString());
        Assert.Equal(10, (int)(await rig.GetAsync($"/admin/v1/keys/{key["id"]}")).Body["limits"]!["requestsPerMinute"]!);
        Assert.Null((await rig.CreateKeyAsync($$$"""{"teamId":"{{{team}}}"}"""))["limits"]);

        // Nor do they come back with a change of the key, or with another team.
        var (_, moved) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{key["id"]}", """{"limits":null,"teamId":null}""");
        Assert.Null(moved["limits"]);
        (_, moved) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{key["id"]}", $$$"""{"teamId":"{{{team}}}"}""");
        Assert.Null(moved["models"]);
    }

    [Fact]
    public async Task All_that_is_wrong_with_defaults_is_told_at_once()
    {
        var (status, problem) = await rig.SendAsync(
            HttpMethod.Post,
            "/admin/v1/organizations",
            """
            {"defaults":{"key":{"limits":{"requestsPerMinute":0,"concurrentRequests":"8"},"budget":{"amount":-1,"currency":"usd"},"models":["no/such","a*b"],
             "queueSeconds":61},"user":{"limit":{},"models":[],"budget":{"amount":1,"currency":"XXX"}},"team":{}},"budget":{"amount":0}}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            [
                "budget.amount", "defaults.key.budget.amount", "defaults.key.budget.currency", "defaults.key.limits.concurrentRequests",
                "defaults.key.limits.requestsPerMinute", "defaults.key.models[0]", "defaults.key.models[1]", "defaults.key.queueSeconds", "defaults.team",
                "defaults.user.limit", "defaults.user.models",
            ],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));

        (_, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", """{"defaults":{"user":{"budget":{"amount":1,"currency":"XXX"}}}}""");
        Assert.Equal(["defaults.user.budget.currency"], problem["errors"]!.AsObject().Select(e => e.Key));
    }

    private async Task<string> MakeAsync(string kind, string settings)
    {
        var (status, made) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, settings);
        Assert.True(status == HttpStatusCode.Created, made.ToJsonString());
        return (string)made["id"]!;
    }
}
