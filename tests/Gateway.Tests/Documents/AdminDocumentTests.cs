using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Billing;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.Billing;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Tests.Documents;

/// <summary>The document of the admin API says what billing serves and answers, all of it and nothing else.</summary>
public sealed class AdminDocumentTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private readonly HashSet<string> _called = [];
    private ApiDescription _document = null!;

    [Fact]
    public async Task The_document_is_sound() => (await ReadAsync()).AssertSound();

    [Fact]
    public async Task Every_endpoint_is_described_and_no_other()
    {
        await using var billing = BillingHost.Build(["--urls=http://127.0.0.1:0", "--OTEL_SDK_DISABLED=true", "--GATEWAY_HANDLE_SIGNALS=false"]);
        var served = ((IEndpointRouteBuilder)billing).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Select(e => (Path: "/" + e.RoutePattern.RawText!.Trim('/'), Methods: e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []))
            .Where(e => e.Path.StartsWith(InternalRoutes.Admin, StringComparison.Ordinal))
            .SelectMany(e => e.Methods.Select(m => $"{m} {e.Path}")).Order(StringComparer.Ordinal);
        Assert.Equal(served, (await ReadAsync()).Operations.Select(o => o.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whatever_is_made_may_be_sent_again()
    {
        await using var own = new BillingRig { Settings = ["--GATEWAY_EVENT_FEED=true"] };
        await own.StartAsync();
        _document = await ReadAsync();
        var creations = _document.Operations.Where(o => o.Name.StartsWith("POST ", StringComparison.Ordinal) && o.Operation["responses"]!["201"] is not null);
        foreach (var (name, operation) in creations.ToList())
        {
            Assert.True(
                operation["parameters"]?.AsArray().Any(p => (string)p!["name"]! == "Idempotency-Key" && (string)p["in"]! == "header"),
                $"{name} takes no Idempotency-Key.");
            var key = Guid.NewGuid().ToString();
            var made = await CreateAsync(Example(name), 201);
            Assert.False(made.Replayed);
            Assert.Equal((true, made.Body), await CreateAsync(Example(name), 201));
            await CreateAsync(Example(name) + " ", 409);
            key = new string('k', 256);
            await CreateAsync(Example(name), 400);

            async Task<(bool Replayed, string Body)> CreateAsync(string body, int status)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, name["POST ".Length..]);
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                request.Headers.Add("Idempotency-Key", key);
                using var answer = await own.Billing.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(status == (int)answer.StatusCode, $"{name}: {(int)answer.StatusCode} {text}");
                return (answer.Headers.Contains("Idempotent-Replayed"), text);
            }
        }
    }

    [Fact]
    public async Task Every_answer_is_as_the_document_says()
    {
        _document = await ReadAsync();
        var org = (string)(await CallAsync("POST /admin/v1/organizations", 201, body: Example("POST /admin/v1/organizations")))["id"]!;
        var settings = $$$"""{"name":"search","parent":"{{{org}}}","budget":{"amount":100,"period":"month"}}""";
        var team = (string)(await CallAsync("POST /admin/v1/teams", 201, body: settings))["id"]!;
        await CallAsync("POST /admin/v1/teams", 201, body: Example("POST /admin/v1/teams"));
        var key = (string)(await CallAsync("POST /admin/v1/keys", 201, body: Example("POST /admin/v1/keys")))["id"]!;
        await CallAsync("PATCH /admin/v1/keys/{id}", 200, key, body: $$$"""{"teamId":"{{{team}}}","expiresAt":null,"budget":{"amount":30}}""");
        await CallAsync("POST /admin/v1/keys/bulk", 201, body: Example("POST /admin/v1/keys/bulk"));
        await CallAsync("POST /admin/v1/keys/bulk", 400, body: """{"keys":[]}""");
        await CallAsync("POST /admin/v1/keys/{id}/pause", 200, key);
        await CallAsync("POST /admin/v1/keys/{id}/resume", 200, key);
        await CallAsync("PATCH /admin/v1/keys/{id}", 400, key, body: """{"nmae":"x"}""");
        await CallAsync("PATCH /admin/v1/keys/{id}", 404, "key_nobody", body: "{}");
        await CallAsync("POST /admin/v1/keys", 400, body: "[");
        await CallAsync("POST /admin/v1/keys/{id}/rotate", 200, key, body: Example("POST /admin/v1/keys/{id}/rotate"));
        await CallAsync("POST /admin/v1/keys/{id}/rotate", 200, key);
        foreach (var (cost, currency) in new[] { (0.25m, "USD"), (0.5m, "EUR"), (default(decimal?), "USD") })
            await DeliverAsync("usage", Event(key, [key, team, org], cost, currency));
        await CallSettingsAsync(key, team, org);
        await CallReadersAsync(key, team, org);
        await CallDeadLettersAsync(key);
        await CallWebhooksAsync();
        foreach (var (kind, id) in new[] { ("teams", team), ("organizations", org) })
        {
            await CallAsync($"POST /admin/v1/{kind}/{{id}}/pause", 200, id);
            await CallAsync($"POST /admin/v1/{kind}/{{id}}/resume", 200, id);
            await CallAsync($"DELETE /admin/v1/{kind}/{{id}}", 200, id);
            await CallAsync($"PATCH /admin/v1/{kind}/{{id}}", 409, id, body: "{}");
        }

        await CallUsersAsync();
        await CallAsync("DELETE /admin/v1/keys/{id}", 200, key);
        await CallAsync("PATCH /admin/v1/keys/{id}", 409, key, body: "{}");
        Assert.Equal(_document.Operations.Select(o => o.Name).Order(StringComparer.Ordinal), _called.Order(StringComparer.Ordinal));
    }

    private async Task CallSettingsAsync(string key, string team, string org)
    {
        const string Path = "/admin/v1/managed-settings";
        await CallAsync("PUT " + Path, 200, body: Example("PUT " + Path));
        await CallAsync("PUT " + Path, 400, body: """{"env":[]}""");
        await CallAsync("GET " + Path, 200);
        foreach (var (kind, id) in new[] { ("teams", team), ("organizations", org) })
        {
            var path = $"/admin/v1/{kind}/{{id}}/managed-settings";
            await CallAsync("GET " + path, 404, id);
            await CallAsync("PUT " + path, 200, id, body: Example("PUT " + path));
            await CallAsync("PUT " + path, 400, id, body: "[]");
            await CallAsync("GET " + path, 200, id);
            await CallAsync($"GET {path}/effective", 200, id);
            await CallAsync("DELETE " + path, 204, id);
            await CallAsync("DELETE " + path, 404, key);
        }

        await CallAsync("GET /admin/v1/keys/{id}/managed-settings/effective", 200, key);
        await CallAsync("DELETE " + Path, 204);
        await CallAsync("GET " + Path, 404);
    }

    private async Task CallUsersAsync()
    {
        var team = (string)(await CallAsync("POST /admin/v1/teams", 201, body: """{"name":"of users"}"""))["id"]!;
        var rules = $$$"""{"rules":[{"domain":"example.com","teamId":"{{{team}}}"},{"group":"ops","role":"auditor"}]}""";
        await CallAsync("PUT /admin/v1/sign-in", 200, body: rules);
        await CallAsync("PUT /admin/v1/sign-in", 400, body: """{"rules":[{"domain":"example.com"}]}""");
        await CallAsync("GET /admin/v1/sign-in", 200);
        var user = await UserTests.SignInAsync(rig, "documented", "ada@example.com", "engineering", "ops");
        await CallAsync("GET /admin/v1/users", 200, query: "?limit=1");
        await CallAsync("GET /admin/v1/users", 400, query: "?after=key_nobody");
        await CallAsync("GET /admin/v1/users/{id}", 200, user);
        await CallAsync("GET /admin/v1/users/{id}", 404, "user:nobody");
        await CallAsync("PATCH /admin/v1/users/{id}", 200, user, body: """{"limits":{"requestsPerMinute":60},"metadata":{"a":"b"}}""");
        await CallAsync("PATCH /admin/v1/users/{id}", 400, user, body: """{"limit":60}""");
        const string Settings = "/admin/v1/users/{id}/managed-settings";
        await CallAsync("GET " + Settings, 404, user);
        await CallAsync("PUT " + Settings, 200, user, body: Example("PUT " + Settings));
        await CallAsync("GET " + Settings, 200, user);
        Assert.Equal(user, (string)(await CallAsync($"GET {Settings}/effective", 200, user))["from"]!.AsArray()[^1]!);
        await CallAsync("DELETE " + Settings, 204, user);
        await CallAsync("POST /admin/v1/users/{id}/pause", 200, user);
        await CallAsync("POST /admin/v1/users/{id}/resume", 200, user);
        await CallAsync("POST /admin/v1/users/{id}/sign-out", 200, user);
        await CallAsync("GET /admin/v1/users/{id}/status", 200, user);
        await CallAsync("GET /admin/v1/users/{id}/usage", 200, user);
        await CallAsync("GET /admin/v1/users/{id}/events", 200, user);
        await CallAsync("DELETE /admin/v1/users/{id}", 200, user);
        await CallAsync("PATCH /admin/v1/users/{id}", 409, user, body: "{}");
    }

    private async Task CallReadersAsync(string key, string team, string org)
    {
        await CallAsync("GET /admin/v1/keys", 200, query: "?limit=1");
        await CallAsync("GET /admin/v1/keys", 400, query: "?limit=0");
        await CallAsync("GET /admin/v1/keys/{id}", 200, key);
        await CallAsync("GET /admin/v1/keys/{id}", 404, "key_nobody");
        await CallAsync("GET /admin/v1/keys/{id}/status", 200, key);
        await CallAsync("GET /admin/v1/keys/{id}/events", 200, key, "?limit=2");
        await CallAsync("GET /admin/v1/keys/{id}/usage", 200, key, "?groupBy=day,model,provider");
        await CallAsync("GET /admin/v1/keys/{id}/usage", 200, key, "?groupBy=hour,user,session,agent,request_class,tag:env");
        await CallAsync("GET /admin/v1/keys/{id}/usage", 200, key, "?format=csv");
        await CallAsync("GET /admin/v1/keys/{id}/usage", 400, key, "?format=xml");
        foreach (var owner in new[] { "key", "team", "organization" })
            await CallAsync("GET /admin/v1/usage", 200, query: "?groupBy=" + owner);
        foreach (var (kind, id) in new[] { ("teams", team), ("organizations", org) })
        {
            await CallAsync($"GET /admin/v1/{kind}", 200, query: "?limit=1");
            await CallAsync($"GET /admin/v1/{kind}/{{id}}", 200, id);
            await CallAsync($"GET /admin/v1/{kind}/{{id}}/usage", 200, id, "?groupBy=model");
            await CallAsync($"PATCH /admin/v1/{kind}/{{id}}", 200, id, body: """{"metadata":{"a":"b"}}""");
        }

        await CallAsync("GET /admin/v1/prices", 200);
        await CallAccessGroupsAsync();
        await CallRulesAsync();
        await CallAsync("GET /admin/v1/audit", 200, query: "?limit=3");
        // With a feed of events: EventFeedTests.
        await CallAsync("GET /admin/v1/events", 409);
        await CallAsync("GET /admin/v1/events", 400, query: "?after=here");
        await CallAsync("GET /admin/v1/audit", 400, query: "?order=up");
        var admin = (string)(await CallAsync("POST /admin/v1/admin-keys", 201, body: Example("POST /admin/v1/admin-keys")))["id"]!;
        await CallAsync("POST /admin/v1/admin-keys", 400, body: "{}");
        await CallAsync("GET /admin/v1/admin-keys", 200);
        await CallAsync("GET /admin/v1/admin-keys/{id}", 200, admin);
        await CallAsync("POST /admin/v1/admin-keys/{id}/rotate", 200, admin, body: Example("POST /admin/v1/admin-keys/{id}/rotate"));
        await CallAsync("POST /admin/v1/admin-keys/{id}/rotate", 400, admin, body: """{"overlapSeconds":-1}""");
        await CallAsync("DELETE /admin/v1/admin-keys/{id}", 200, admin);
        await CallAsync("POST /admin/v1/admin-keys/{id}/rotate", 409, admin);
        await CallAsync("GET /admin/v1/reconciliation", 200, query: "?keyId=" + key);
        await CallAsync("GET /admin/v1/reconciliation", 200, query: "?limit=1");
    }

    private async Task CallAccessGroupsAsync()
    {
        await CallAsync("POST /admin/v1/access-groups", 201, body: Example("POST /admin/v1/access-groups"));
        await CallAsync("POST /admin/v1/access-groups", 400, body: Example("POST /admin/v1/access-groups"));
        await CallAsync("GET /admin/v1/access-groups", 200, query: "?limit=1");
        await CallAsync("GET /admin/v1/access-groups/{id}", 200, "fast");
        await CallAsync("GET /admin/v1/access-groups/{id}", 404, "slow");
        await CallAsync("PATCH /admin/v1/access-groups/{id}", 200, "fast", body: Example("PATCH /admin/v1/access-groups/{id}"));
        var key = (string)(await CallAsync("POST /admin/v1/keys", 201, body: """{"models":["group:fast"]}"""))["id"]!;
        await CallAsync("GET /admin/v1/keys/{id}", 200, key);
        await CallAsync("DELETE /admin/v1/access-groups/{id}", 200, "fast");
    }

    private async Task CallRulesAsync()
    {
        await CallAsync("POST /admin/v1/rules", 400, body: "{}");
        var one = (string)(await CallAsync("POST /admin/v1/rules", 201, body: Example("POST /admin/v1/rules")))["id"]!;
        var each = (string)(await CallAsync("POST /admin/v1/rules", 201, body: """{"by":"provider","limits":{"requestsPerMinute":1000}}"""))["id"]!;
        await CallAsync("GET /admin/v1/rules", 200, query: "?limit=1");
        foreach (var id in new[] { one, each })
        {
            await CallAsync("GET /admin/v1/rules/{id}", 200, id);
            await CallAsync("GET /admin/v1/rules/{id}/accounts", 200, id);
            await CallAsync("GET /admin/v1/rules/{id}/usage", 200, id, "?groupBy=model");
        }

        var key = (string)(await CallAsync("POST /admin/v1/keys", 201, body: "{}"))["id"]!;
        await CallAsync("GET /admin/v1/keys/{id}/status", 200, key);
        await CallAsync("PATCH /admin/v1/rules/{id}", 200, one, body: """{"name":"renamed"}""");
        await CallAsync("PATCH /admin/v1/rules/{id}", 400, one, body: """{"by":"model:x"}""");
        foreach (var id in new[] { one, each })
            await CallAsync("DELETE /admin/v1/rules/{id}", 200, id);
        await CallAsync("GET /admin/v1/rules/{id}", 404, one);
    }

    private async Task CallDeadLettersAsync(string key)
    {
        await DeliverAsync("usage-dead-letter", """{"note":"no event"}""");
        await DeliverAsync("usage-dead-letter", """{"note":"another"}""");
        await DeliverAsync("usage-dead-letter", Event(key, [key], 1, "USD"));
        var letters = (await CallAsync("GET /admin/v1/dead-letters", 200, query: "?limit=1000"))["data"]!.AsArray();
        var useless = (string)letters.First(l => ((string)l!["body"]!).Contains("note", StringComparison.Ordinal))!["id"]!;
        await CallAsync("GET /admin/v1/dead-letters/{id}", 200, useless);
        await CallAsync("POST /admin/v1/dead-letters/{id}/replay", 409, useless);
        await CallAsync("POST /admin/v1/dead-letters/{id}/replay", 400, useless, body: "{}");
        await CallAsync("POST /admin/v1/dead-letters/{id}/replay", 200, useless, body: Event(key, [key], 1, "USD"));
        await CallAsync("POST /admin/v1/dead-letters/replay", 200);
        letters = (await CallAsync("GET /admin/v1/dead-letters", 200))["data"]!.AsArray();
        await CallAsync("DELETE /admin/v1/dead-letters/{id}", 204, (string)letters[0]!["id"]!);
        await CallAsync("DELETE /admin/v1/dead-letters/{id}", 404, "gone");
    }

    /// <summary>As they are without a feed of events; what they do with one: WebhookTests.</summary>
    private async Task CallWebhooksAsync()
    {
        const string Webhook = "/admin/v1/webhooks/{id}", None = "wh_none";
        await CallAsync("POST /admin/v1/webhooks", 409, body: Example("POST /admin/v1/webhooks"));
        await CallAsync("GET /admin/v1/webhooks", 200);
        await CallAsync("GET " + Webhook, 404, None);
        await CallAsync("PATCH " + Webhook, 404, None, body: "{}");
        await CallAsync("DELETE " + Webhook, 404, None);
        foreach (var call in (string[])["pause", "resume", "rotate", "test", "dead-letters/replay", "dead-letters/{letter}/replay"])
            await CallAsync($"POST {Webhook}/{call}", 404, None);
        await CallAsync($"POST {Webhook}/rotate", 400, None, body: """{"overlapSeconds":-1}""");
        await CallAsync($"POST {Webhook}/replay", 400, None, body: "{}");
        await CallAsync($"POST {Webhook}/replay", 404, None, body: Example($"POST {Webhook}/replay"));
        await CallAsync($"GET {Webhook}/dead-letters", 404, None);
        await CallAsync($"DELETE {Webhook}/dead-letters/{{letter}}", 404, None);
    }

    private async Task<ApiDescription> ReadAsync() => new((await rig.GetAsync(InternalRoutes.AdminDocument)).Body);

    /// <summary>The example as it stands, but for times, which must lie in the future.</summary>
    private string Example(string operation) => Regex.Replace(
        _document.Operations.Single(o => o.Name == operation).Operation["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString(),
        @"20\d\d-\d\d-\d\dT",
        DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-ddT", CultureInfo.InvariantCulture));

    private async Task<JsonNode> CallAsync(string operation, int status, string? id = null, string query = "", string? body = null)
    {
        _called.Add(operation);
        var (method, path) = (operation.Split(' ')[0], operation.Split(' ')[1].Replace("{id}", id, StringComparison.Ordinal));
        using var request = new HttpRequestMessage(new HttpMethod(method), path + query);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await rig.Billing.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{operation}: {(int)answer.StatusCode} {text}");
        var type = answer.Content.Headers.ContentType?.MediaType;
        _document.AssertDescribed(operation, status, type, text);
        return type?.EndsWith("json", StringComparison.Ordinal) == true ? JsonNode.Parse(text)! : new JsonObject();
    }

    private static string Event(string key, string[] accounts, decimal? cost, string currency) => Encoding.UTF8.GetString(UsageJson.Write(
        BillingRig.Event("req_" + Guid.NewGuid().ToString("n"), key, cost: cost, currency: currency) with
        {
            Accounts = accounts,
            ProviderCost = 0.2m,
            Metadata = new Dictionary<string, string> { ["costCenter"] = "42" },
        }));

    private async Task DeliverAsync(string topic, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await rig.Billing.PostAsync(new Uri("/events/" + topic, UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
