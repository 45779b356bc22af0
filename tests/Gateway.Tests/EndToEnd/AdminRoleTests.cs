using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Ingress.Endpoints;

namespace Gateway.Tests.EndToEnd;

/// <summary>Who may make which admin call, through the front door.</summary>
public sealed class AdminRoleTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    /// <summary>
    /// A call that is not in here fails: whoever adds one says who may make it. In the order of the roles: x may, - may not, s may, but only without a
    /// scope. A team admin always has a scope, here one that nothing asked for is in.
    /// </summary>
    private const string Matrix = """
        DELETE /admin/v1/access-groups/{id}              x s - - -
        DELETE /admin/v1/admin-keys/{id}                 x - - - -
        DELETE /admin/v1/dead-letters/{id}               x s - - -
        DELETE /admin/v1/keys/{id}                       x x - x -
        DELETE /admin/v1/managed-settings                x s - - -
        DELETE /admin/v1/organizations/{id}              x x - - -
        DELETE /admin/v1/organizations/{id}/managed-settings x x - - -
        DELETE /admin/v1/outbox/quarantine/{id}          x s - - -
        DELETE /admin/v1/rules/{id}                      x x - - -
        DELETE /admin/v1/teams/{id}                      x x - - -
        DELETE /admin/v1/teams/{id}/managed-settings     x x - - -
        DELETE /admin/v1/users/{id}                      x x - x -
        DELETE /admin/v1/users/{id}/managed-settings     x x - - -
        DELETE /admin/v1/webhooks/{id}                   x x - - -
        DELETE /admin/v1/webhooks/{id}/dead-letters/{letter} x x - - -
        GET /admin/v1/access-groups                      x x x x x
        GET /admin/v1/access-groups/{id}                 x x x x x
        GET /admin/v1/admin-keys                         x - - - s
        GET /admin/v1/admin-keys/{id}                    x - - - s
        GET /admin/v1/audit                              x s - - s
        GET /admin/v1/catalog                            x x x x x
        GET /admin/v1/dead-letters                       x s - - s
        GET /admin/v1/dead-letters/{id}                  x s - - s
        GET /admin/v1/events                             x s s - s
        GET /admin/v1/keys                               x x x x x
        GET /admin/v1/keys/{id}                          x x x x x
        GET /admin/v1/keys/{id}/events                   x x x x x
        GET /admin/v1/keys/{id}/managed-settings/effective x x x x x
        GET /admin/v1/keys/{id}/status                   x x x x x
        GET /admin/v1/keys/{id}/usage                    x x x x x
        GET /admin/v1/managed-settings                   x s - - s
        GET /admin/v1/organizations                      x x x x x
        GET /admin/v1/organizations/{id}                 x x x x x
        GET /admin/v1/organizations/{id}/managed-settings x x x x x
        GET /admin/v1/organizations/{id}/managed-settings/effective x x x x x
        GET /admin/v1/organizations/{id}/usage           x x x x x
        GET /admin/v1/outbox/quarantine                  x s - - s
        GET /admin/v1/outbox/quarantine/{id}             x s - - s
        GET /admin/v1/prices                             x x x x x
        GET /admin/v1/providers                          x x x x x
        GET /admin/v1/reconciliation                     x s s - s
        GET /admin/v1/rules                              x x x x x
        GET /admin/v1/rules/{id}                         x x x x x
        GET /admin/v1/rules/{id}/accounts                x x x x x
        GET /admin/v1/rules/{id}/usage                   x x x x x
        GET /admin/v1/self                               x x x x x
        GET /admin/v1/sign-in                            x - - - s
        GET /admin/v1/teams                              x x x x x
        GET /admin/v1/teams/{id}                         x x x x x
        GET /admin/v1/teams/{id}/managed-settings        x x x x x
        GET /admin/v1/teams/{id}/managed-settings/effective x x x x x
        GET /admin/v1/teams/{id}/usage                   x x x x x
        GET /admin/v1/usage                              x s s - s
        GET /admin/v1/users                              x x x x x
        GET /admin/v1/users/{id}                         x x x x x
        GET /admin/v1/users/{id}/events                  x x x x x
        GET /admin/v1/users/{id}/managed-settings        x x x x x
        GET /admin/v1/users/{id}/managed-settings/effective x x x x x
        GET /admin/v1/users/{id}/status                  x x x x x
        GET /admin/v1/users/{id}/usage                   x x x x x
        GET /admin/v1/webhooks                           x x - - x
        GET /admin/v1/webhooks/{id}                      x x - - x
        GET /admin/v1/webhooks/{id}/dead-letters         x x - - x
        PATCH /admin/v1/access-groups/{id}               x s - - -
        PATCH /admin/v1/keys/{id}                        x x - x -
        PATCH /admin/v1/organizations/{id}               x x - - -
        PATCH /admin/v1/rules/{id}                       x x - - -
        PATCH /admin/v1/teams/{id}                       x x - - -
        PATCH /admin/v1/users/{id}                       x x - x -
        PATCH /admin/v1/webhooks/{id}                    x x - - -
        POST /admin/v1/access-groups                     x s - - -
        POST /admin/v1/admin-keys                        x - - - -
        POST /admin/v1/admin-keys/{id}/rotate            x - - - -
        POST /admin/v1/dead-letters/replay               x s - - -
        POST /admin/v1/dead-letters/{id}/replay          x s - - -
        POST /admin/v1/explain                           x x - - -
        POST /admin/v1/keys                              x x - x -
        POST /admin/v1/keys/bulk                         x x - x -
        POST /admin/v1/keys/{id}/pause                   x x - x -
        POST /admin/v1/keys/{id}/resume                  x x - x -
        POST /admin/v1/keys/{id}/rotate                  x x - x -
        POST /admin/v1/organizations                     x s - - -
        POST /admin/v1/organizations/{id}/pause          x x - - -
        POST /admin/v1/organizations/{id}/resume         x x - - -
        POST /admin/v1/outbox/quarantine/replay          x s - - -
        POST /admin/v1/outbox/quarantine/{id}/replay     x s - - -
        POST /admin/v1/rules                             x x - - -
        POST /admin/v1/teams                             x x - - -
        POST /admin/v1/teams/{id}/pause                  x x - - -
        POST /admin/v1/teams/{id}/resume                 x x - - -
        POST /admin/v1/users/{id}/pause                  x x - x -
        POST /admin/v1/users/{id}/resume                 x x - x -
        POST /admin/v1/users/{id}/sign-out               x x - x -
        POST /admin/v1/webhooks                          x x - - -
        POST /admin/v1/webhooks/{id}/dead-letters/replay x x - - -
        POST /admin/v1/webhooks/{id}/dead-letters/{letter}/replay x x - - -
        POST /admin/v1/webhooks/{id}/pause               x x - - -
        POST /admin/v1/webhooks/{id}/replay              x x - - -
        POST /admin/v1/webhooks/{id}/resume              x x - - -
        POST /admin/v1/webhooks/{id}/rotate              x x - - -
        POST /admin/v1/webhooks/{id}/test                x x - - -
        PUT /admin/v1/managed-settings                   x s - - -
        PUT /admin/v1/organizations/{id}/managed-settings x x - - -
        PUT /admin/v1/sign-in                            x - - - -
        PUT /admin/v1/teams/{id}/managed-settings        x x - - -
        PUT /admin/v1/users/{id}/managed-settings        x x - - -
        """;

    private static readonly string[] Roles = ["owner", "admin", "billing_reader", "team_admin", "auditor"];

    private readonly TestGateway _gateway = shared.Gateway;

    private static IEnumerable<(string Call, string[] May)> Rows => Matrix.Split('\n')
        .Select(line => line.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(cells => ($"{cells[0]} {cells[1]}", cells[2..]));

    [Fact]
    public async Task Every_call_of_the_documents_has_a_row_and_says_its_roles()
    {
        var calls = new Dictionary<string, string[]>();
        foreach (var path in new[] { ApiDocument.Path, InternalRoutes.AdminDocument })
        {
            foreach (var (route, operations) in (await JsonAsync(path))["paths"]!.AsObject().Where(p => p.Key.StartsWith("/admin", StringComparison.Ordinal)))
            {
                foreach (var (method, operation) in operations!.AsObject().Where(o => o.Value is JsonObject))
                    calls[$"{method.ToUpperInvariant()} {route}"] = operation!["x-roles"]?.AsArray().Select(role => (string)role!).ToArray() ?? [];
            }
        }

        Assert.Equal(Rows.Select(row => row.Call), calls.Keys.Order(StringComparer.Ordinal));
        Assert.All(Rows, row => Assert.Equal(Roles.Where((_, i) => row.May[i] != "-"), calls[row.Call]));
    }

    [Fact]
    public async Task Every_call_is_answered_to_the_roles_of_its_row_and_to_no_other()
    {
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));
        var mistakes = new List<string>();
        foreach (var scoped in new[] { false, true })
        {
            for (var i = 0; i < Roles.Length; i++)
            {
                if (Roles[i] is "owner" && scoped)
                    continue;
                var scope = scoped || Roles[i] is "team_admin" ? new[] { team } : null;
                var (_, key) = await AdminKeyAsync(Roles[i], scope);
                foreach (var (call, may) in Rows)
                {
                    var expected = may[i] == "x" || (may[i] == "s" && scope is null);
                    var (status, text) = await CallAsync(call, key);
                    if ((status != HttpStatusCode.Forbidden) != expected || status == HttpStatusCode.Unauthorized || (int)status >= 500)
                        mistakes.Add($"{Roles[i]}{(scope is null ? "" : " of a team")}: {call} is answered {(int)status} {text}");
                }
            }
        }

        Assert.Empty(mistakes);
    }

    [Theory]
    [InlineData("team_admin", false)]
    [InlineData("admin", true)]
    public async Task A_scope_shows_and_changes_what_is_in_it_and_nothing_else(string role, bool ofOrganization)
    {
        var org = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/organizations", new { }));
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { parent = org }));
        var other = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));
        var (mine, _) = await _gateway.CreateKeyAsync(new { teamId = team });
        var (foreign, _) = await _gateway.CreateKeyAsync(new { teamId = other });
        var (_, key) = await AdminKeyAsync(role, [ofOrganization ? org : team]);

        Assert.Equal([mine], (await JsonAsync("/admin/v1/keys?limit=1000", key))["data"]!.AsArray().Select(k => (string)k!["id"]!));
        Assert.Equal([team], (await JsonAsync("/admin/v1/teams?limit=1000", key))["data"]!.AsArray().Select(k => (string)k!["id"]!));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("GET", $"keys/{mine}/status", key));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("POST", $"keys/{mine}/pause", key));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("PATCH", $"keys/{mine}", key, new { name = "renamed" }));
        Assert.Equal(HttpStatusCode.Created, await StatusAsync("POST", "keys", key, new { teamId = team }));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("GET", $"keys/{foreign}", key));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("POST", $"keys/{foreign}/rotate", key));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("GET", $"teams/{other}/usage", key));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("POST", "keys", key, new { }));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("POST", "keys", key, new { teamId = other }));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("PATCH", $"keys/{mine}", key, new { teamId = other }));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("PATCH", $"keys/{mine}", key, new { teamId = (string?)null }));

        // What is in the scope is the admin's to set, what the scope names is not.
        var expected = ofOrganization ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
        Assert.Equal(expected, await StatusAsync("PATCH", $"teams/{team}", key, new { budget = new { amount = 5 } }));
        Assert.Equal(ofOrganization ? HttpStatusCode.OK : HttpStatusCode.NotFound, await StatusAsync("GET", $"organizations/{org}", key));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("PATCH", ofOrganization ? $"organizations/{org}" : $"teams/{team}", key, new { }));
        Assert.Equal(ofOrganization ? HttpStatusCode.Created : HttpStatusCode.Forbidden, await StatusAsync("POST", "teams", key, new { parent = org }));
        Assert.Equal(ofOrganization ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden, await StatusAsync("POST", "teams", key, new { }));
    }

    [Theory]
    [InlineData("billing_reader", true)]
    [InlineData("auditor", false)]
    public async Task The_feed_of_events_shows_the_audit_trail_to_who_may_see_that(string role, bool isRefused)
    {
        var (_, key) = await AdminKeyAsync(role, null);
        foreach (var types in new[] { "gateway.audit.recorded.v1", "gateway.usage.recorded.v1,gateway.audit.recorded.v1" })
            Assert.Equal(isRefused, await StatusAsync("GET", "events?types=" + types, key) == HttpStatusCode.Forbidden);
        Assert.NotEqual(HttpStatusCode.Forbidden, await StatusAsync("GET", "events?types=gateway.usage.recorded.v1", key));
    }

    [Fact]
    public async Task An_admin_key_ends_when_it_is_revoked_and_is_no_API_key()
    {
        var (id, key) = await AdminKeyAsync("auditor", null);
        Assert.StartsWith("gwa-", key, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("GET", "audit", key));
        using (var request = TestGateway.Messages("demo/echo", false, key: key))
        using (var answer = await _gateway.SendAsync(request))
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/admin-keys/{id}");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        while (await StatusAsync("GET", "audit", key) != HttpStatusCode.Unauthorized)
            await Task.Delay(50, limit.Token);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("GET", "audit", "gwa-nobody"));
    }

    [Fact]
    public async Task Nobody_names_himself_an_owner()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/keys");
        request.Headers.Add(GatewayHeaders.Admin, """{"id":"owner","role":"owner"}""");
        using (var answer = await _gateway.Client.SendAsync(request))
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var (_, key) = await AdminKeyAsync("billing_reader", null);
        using var second = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/teams") { Content = JsonContent.Create(new { }) };
        second.Headers.Add("x-api-key", key);
        second.Headers.Add(GatewayHeaders.Admin, """{"id":"owner","role":"owner"}""");
        using var refused = await _gateway.Client.SendAsync(second);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static string Id(System.Text.Json.JsonElement made) => made.GetProperty("id").GetString()!;

    private async Task<(string Id, string Key)> AdminKeyAsync(string role, string[]? scope)
    {
        var made = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = role, role, scope });
        return (Id(made), made.GetProperty("key").GetString()!);
    }

    private Task<(HttpStatusCode Status, string Text)> CallAsync(string call, string key)
    {
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1].Replace("{id}", "nobody", StringComparison.Ordinal));
        return SendAsync(method, path, key, method is "POST" or "PATCH" or "PUT" ? new { } : null);
    }

    private async Task<HttpStatusCode> StatusAsync(string method, string path, string key, object? body = null) =>
        (await SendAsync(method, "/admin/v1/" + path, key, body)).Status;

    private async Task<JsonNode> JsonAsync(string path, string? key = null) =>
        JsonNode.Parse((await SendAsync("GET", path, key ?? TestGateway.AdminKey, null)).Text)!;

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(string method, string path, string key, object? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("x-api-key", key);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await _gateway.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
