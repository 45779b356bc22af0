using System.Net;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Ingress.Endpoints;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Documents;

/// <summary>What the front door says of itself: two documents and a page for both.</summary>
public sealed class ApiDocumentTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task The_document_is_sound_and_has_every_call_that_ingress_answers()
    {
        var document = await ReadAsync(ApiDocument.Path);
        document.AssertSound();
        Assert.Equal(
            [
                "DELETE /admin/v1/outbox/quarantine/{id}", "DELETE /v1/organizations/spend_limits/{id}", "GET /admin/v1/catalog",
                "GET /admin/v1/outbox/quarantine", "GET /admin/v1/outbox/quarantine/{id}", "GET /admin/v1/providers", "GET /admin/v1/self",
                "GET /api/oauth/usage", "GET /managed/settings", "GET /v1/key", "GET /v1/key/usage",
                "GET /v1/models",
                "GET /v1/models/{id}", "GET /v1/organizations/spend_limits", "GET /v1/organizations/spend_limits/audit",
                "GET /v1/organizations/spend_limits/effective", "GET /v1/organizations/spend_limits/{id}", "POST /admin/v1/explain",
                "POST /admin/v1/outbox/quarantine/replay", "POST /admin/v1/outbox/quarantine/{id}/replay", "POST /v1/logs", "POST /v1/messages",
                "POST /v1/messages/count_tokens", "POST /v1/metrics", "POST /v1/organizations/spend_limits", "POST /v1/traces",
            ],
            document.Operations.Select(o => o.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Its_answers_are_as_the_document_says()
    {
        var document = await ReadAsync(ApiDocument.Path);
        var (_, key) = await _gateway.CreateKeyAsync(
            new { name = "mine", limits = new { requestsPerMinute = 60 }, budget = new { amount = 1, period = "day" } });
        await CheckAsync("GET /v1/models", TestGateway.ApiKey, "?limit=2");
        await CheckAsync("GET /v1/key", key);
        await CheckAsync("GET /v1/key/usage", key);
        await CheckAsync("GET /api/oauth/usage", key);
        await CheckAsync("GET /v1/organizations/spend_limits", TestGateway.AdminKey);
        await CheckAsync("GET /v1/organizations/spend_limits/effective", TestGateway.AdminKey, "?limit=2");
        await CheckAsync("GET /v1/organizations/spend_limits/audit", TestGateway.AdminKey);
        await CheckAsync("GET /admin/v1/catalog", TestGateway.AdminKey);
        await CheckAsync("GET /admin/v1/catalog", key);
        await CheckAsync("GET /admin/v1/providers", TestGateway.AdminKey);
        await CheckAsync("GET /admin/v1/providers", key);
        await CheckAsync("GET /admin/v1/self", TestGateway.AdminKey);
        await CheckAsync("GET /admin/v1/outbox/quarantine", TestGateway.AdminKey);
        await CheckAsync("GET /admin/v1/outbox/quarantine", key);
        await CheckAsync("POST /v1/messages", key);
        await CheckAsync("POST /v1/metrics", key);
        await CheckAsync("POST /v1/messages/count_tokens", key);
        await CheckAsync("POST /admin/v1/explain", TestGateway.AdminKey);

        async Task CheckAsync(string operation, string with, string query = "")
        {
            var example = document.Operations.Single(
                o => o.Name == operation).Operation["requestBody"]?["content"]!["application/json"]!["example"]!.ToJsonString();
            using var request = TestGateway.Post(operation.Split(' ')[1] + query, example ?? "", with);
            request.Method = new HttpMethod(operation.Split(' ')[0]);
            using var answer = await _gateway.SendAsync(request);
            var body = await answer.Content.ReadAsStringAsync();
            if (operation.StartsWith("GET", StringComparison.Ordinal))
                document.AssertDescribed(operation, (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, body);
            else
                Assert.True(answer.IsSuccessStatusCode, body);
        }
    }

    [Fact]
    public async Task The_admin_document_is_billings_own()
    {
        var document = await ReadAsync(InternalRoutes.AdminDocument);
        document.AssertSound();
        Assert.Contains(document.Operations, o => o.Name == "POST /admin/v1/keys");
    }

    [Fact]
    public async Task What_Claude_Code_gets_is_shown_as_of_this_build()
    {
        using var page = await _gateway.Client.GetAsync(new Uri("/protocol", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/markdown; charset=utf-8", page.Content.Headers.ContentType!.ToString());
        Assert.Equal(await File.ReadAllTextAsync(RepositoryFiles.Path("services", "ingress", "CLAUDE-CODE.md")), await page.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_page_shows_both_documents_and_loads_nothing_from_elsewhere()
    {
        using var page = await _gateway.Client.GetAsync(new Uri("/docs/", UriKind.Relative));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains("openapi/v1.json", html, StringComparison.Ordinal);
        Assert.Contains("openapi/admin.json", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = policy.Split("'nonce-")[1].Split('\'')[0];
        Assert.Equal(html.Split("<script").Length - 1, WebUtility.HtmlDecode(html).Split($"nonce=\"{nonce}\"").Length - 1);
        Assert.DoesNotContain("unsafe", policy.Split("script-src")[1].Split(';')[0], StringComparison.Ordinal);
        foreach (var script in new[] { "scalar.js", "scalar.aspnetcore.js" })
        {
            using var file = await _gateway.Client.GetAsync(new Uri("/docs/" + script, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        }
    }

    [Fact]
    public async Task While_billing_is_away_its_document_is_a_clear_error()
    {
        // A front door whose sidecar does not exist.
        await using var door = await _gateway.OpenDoorAsync("http://127.0.0.1:9");
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.First()) };
        using var answer = await client.GetAsync(new Uri(InternalRoutes.AdminDocument, UriKind.Relative));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("Billing", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var own = await client.GetAsync(new Uri(ApiDocument.Path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    private async Task<ApiDescription> ReadAsync(string path)
    {
        using var answer = await _gateway.Client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return new(JsonNode.Parse(text)!);
    }
}
