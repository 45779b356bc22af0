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
        await CallReadersAsync(key, team, org);
        await CallDeadLettersAsync(key);
        foreach (var (kind, id) in new[] { ("teams", team), ("organizations", org) })
        {
            await CallAsync($"POST /admin/v1/{kind}/{{id}}/pause", 200, id);
            await CallAsync($"POST /admin/v1/{kind}/{{id}}/resume", 200, id);
            await CallAsync($"DELETE /admin/v1/{kind}/{{id}}", 200, id);
            await CallAsync($"PATCH /admin/v1/{kind}/{{id}}", 409, id, body: "{}");
        }

        await CallAsync("DELETE /admin/v1/keys/{id}", 200, key);
        await CallAsync("PATCH /admin/v1/keys/{id}", 409, key, body: "{}");
        Assert.Equal(_document.Operations.Select(o => o.Name).Order(StringComparer.Ordinal), _called.Order(StringComparer.Ordinal));
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
        await CallAsync("GET /admin/v1/audit", 200, query: "?limit=3");
        // With a feed of events: EventFeedTests.
        await CallAsync("GET /admin/v1/events", 409);
        await CallAsync("GET /admin/v1/events", 400, query: "?after=here");
        await CallAsync("GET /admin/v1/audit", 400, query: "?order=up");
        var admin = (string)(await CallAsync("POST /admin/v1/admin-keys", 201, body: Example("POST /admin/v1/admin-keys")))["id"]!;
        await CallAsync("POST /admin/v1/admin-keys", 400, body: "{}");
        await CallAsync("GET /admin/v1/admin-keys", 200);
        await CallAsync("GET /admin/v1/admin-keys/{id}", 200, admin);
        await CallAsync("DELETE /admin/v1/admin-keys/{id}", 200, admin);
        await CallAsync("GET /admin/v1/reconciliation", 200, query: "?keyId=" + key);
        await CallAsync("GET /admin/v1/reconciliation", 200, query: "?limit=1");
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
