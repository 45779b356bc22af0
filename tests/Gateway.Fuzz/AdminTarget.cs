using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Fuzz;

/// <summary>Calls of the admin API that nobody means.</summary>
internal static class AdminTarget
{
    private static readonly string[] Bodies =
    [
        """{"name":"k","models":["fuzz/*"],"nativeOnly":false,"limits":{"requestsPerMinute":5,"inputTokensPerMinute":1000,"concurrentRequests":2},"""
            + """ "budget":{"amount":5,"period":"day","enforcement":"strict"},"expiresAt":"2030-01-01T00:00:00Z","metadata":{"a":"b"}}""",
        """{"budget":{"amount":"12.5","currency":"USD","period":"total","enforcement":"soft"},"onDisconnect":"drain","extendedUsage":true}""",
        """{"name":"t","parent":null,"limits":{"outputTokensPerMinute":1}}""",
        """{"overlapSeconds":60}""",
        """{"reason":"none"}""",
        """{"name":"moved","value":"ar-0123456789abcdef"}""",
        """{"scope":{"type":"user","user_id":"key_1"},"amount":"5000","period":"daily","currency":"USD"}""",
        """{"scope":{"type":"rbac_group","rbac_group_id":"team:1"},"pooled_budget":{"amount":"5000","paused":false}}""",
        """{"scope":{"type":"organization"},"amount":null}""",
        "{}",
    ];

    private static readonly string[] Queries =
    [
        "", "", "?limit=1", "?limit=0", "?limit=x", "?after=key_1", "?after=", "?after=-1", "?from=2026-01-01&to=2026-02-01", "?from=x", "?from=9999-12-31",
        "?to=0001-01-01", "?groupBy=key", "?groupBy=model,day", "?groupBy=", "?groupBy=x", "?keyId=",
        "?keyId=%00", "?keyId=%20", "?keyId=..", "?format=csv",
        "?limit=99999999999999999999", "?from=2026-01-01&to=2025-01-01", "?%ff=%fe", "?a=b&a=c&keyId=a&keyId=b",
    ];

    private static readonly string[] Ids =
    [
        "KEY", "KEY", "TEAM", "key_none", "team:none", "org:none", "%20", "a%20b", "é", "%2e", "..", "%00", "1", "-1", "a:b",
    ];

    private static string SpendLimitPath(Mutator mutator, string id) => "/v1/organizations/spend_limits" + mutator.Pick<string>(
        ["", "", "", $"/spl_{id.Replace(':', '_')}", $"/{id}", "/effective", "/audit"]) + mutator.Pick<string>(
        ["", "?limit=1", "?limit=x", $"?after_id=spl_{id}", $"?before_id=spl_{id}", "?after_id=1", "?after_id=-1", "?scope_type=user", "?period[]=daily",
            $"?user_ids[]={id}", $"?page={id}", "?sort=spend_desc", "?after_id=9223372036854775807"]);

    public static async Task RunAsync(FuzzGateway gateway, Random random, CancellationToken cancellation)
    {
        var mutator = new Mutator(random);
        var id = mutator.Pick(Ids).Replace("KEY", gateway.KeyId, StringComparison.Ordinal).Replace("TEAM", gateway.TeamId, StringComparison.Ordinal);
        var path = mutator.Chance(5) ? SpendLimitPath(mutator, id) : "/admin/v1/" + mutator.Pick<string>(
        [
            "keys", "keys", "keys", $"keys/{id}", $"keys/{id}", $"keys/{id}/rotate", $"keys/{id}/usage", $"keys/{id}/events", $"keys/{id}/status", "teams",
            $"teams/{id}", "organizations", $"organizations/{id}", "usage", "reconciliation", "dead-letters", $"dead-letters/{id}", $"dead-letters/{id}/replay",
            "catalog", id,
        ]) + mutator.Pick(Queries);
        var method = mutator.Pick<string>(["GET", "GET", "POST", "POST", "POST", "PATCH", "PATCH", "DELETE", "PUT"]);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("x-api-key", FuzzGateway.AdminKey);
        var body = Array.Empty<byte>();
        if (method != "GET")
        {
            body = mutator.Json(mutator.Pick(Bodies));
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mutator.Chance(10) ? "text/plain" : "application/json");
        }

        using var answer = await gateway.SendAsync(request, cancellation);
        gateway.Count("admin", (int)answer.StatusCode);
        var shown = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 1_000)));
        await Expect.AnswerAsync(answer, [], isOwn: true, $"{method} {path} {shown}", cancellation);
    }
}
