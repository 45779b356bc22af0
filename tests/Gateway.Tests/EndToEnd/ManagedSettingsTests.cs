using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.ManagedSettings;
using Gateway.Hosting;
using Gateway.Ingress;
using Gateway.Ingress.Endpoints;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.EndToEnd;

/// <summary>Managed settings from the admin API to Claude Code (Claude Code on a gateway, section 7).</summary>
public sealed class ManagedSettingsTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Path = "/managed/settings";
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_key_gets_its_teams_settings_over_its_organisations_in_the_clients_form()
    {
        var (organization, team, _, key) = await TeamAsync();
        await SetAsync($"organizations/{organization}", """{"env":{"A":"1","B":"1"},"permissions":{"deny":["WebFetch"]},"model":"opus"}""");
        await SetAsync($"teams/{team}", """{"env":{"B":"2"},"permissions":{"deny":["WebSearch"]},"future":{"setting":[1.50,"é <&>"]}}""");
        var settings = await UntilAsync(key, s => s?["env"]?["B"]?.ToString() == "2");
        Assert.Equal(
            """{"env":{"A":"1","B":"2"},"future":{"setting":[1.5,"é <&>"]},"model":"opus","permissions":{"deny":["WebFetch","WebSearch"]}}""",
            SettingsChecksum.CanonicalTextOf(settings!.AsObject()));

        using var answer = await GetAsync(key);
        var wrapper = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var checksum = (string)wrapper["checksum"]!;
        Assert.Equal(SettingsChecksum.Of(wrapper["settings"]!.AsObject()), checksum);
        Assert.Equal(["uuid", "checksum", "settings"], wrapper.AsObject().Select(m => m.Key));
        Assert.Equal($"\"{checksum}\"", answer.Headers.ETag!.Tag);
        Assert.Equal(["Authorization", "x-api-key"], answer.Headers.Vary);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);

        using (var same = await GetAsync(key, known: answer.Headers.ETag.Tag))
            Assert.Equal((HttpStatusCode.NotModified, 0), (same.StatusCode, (await same.Content.ReadAsByteArrayAsync()).Length));
        using (var other = await GetAsync(key, known: "\"sha256:00\""))
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        // A desktop session's question whether there are any.
        using (var any = await GetAsync(key, known: "*"))
            Assert.Equal(HttpStatusCode.OK, any.StatusCode);

        var effective = await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/teams/{team}/managed-settings/effective");
        Assert.Equal(checksum, effective.GetProperty("checksum").GetString());
        Assert.Equal([organization, team], effective.GetProperty("from").EnumerateArray().Select(f => f.GetString()));
    }

    [Fact]
    public async Task Changes_hold_soon_and_an_end_is_a_404_behind_every_base_url()
    {
        var (_, team, id, key) = await TeamAsync();
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            using var none = await GetAsync(key, root + Path);
            Assert.True(none.StatusCode == HttpStatusCode.NotFound, $"{root}: {none.StatusCode}");
        }

        await SetAsync($"teams/{team}", "{}");
        Assert.Equal("{}", (await UntilAsync(key, s => s is not null))!.ToJsonString());
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            using var empty = await GetAsync(key, root + Path);
            Assert.True(empty.StatusCode == HttpStatusCode.OK, $"{root}: {empty.StatusCode}");
        }

        await SetAsync($"teams/{team}", """{"model":"sonnet"}""");
        await UntilAsync(key, s => (string?)s?["model"] == "sonnet");
        // A key that moves gets what holds where it is.
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { teamId = (string?)null });
        await UntilAsync(key, s => s is null);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { teamId = team });
        await UntilAsync(key, s => s is not null);
        for (var i = 0; i < 2; i++)
            await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/teams/{team}/managed-settings");
        await UntilAsync(key, s => s is null);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gw-nobody")]
    [InlineData(TestGateway.AdminKey)]
    public async Task Nobody_else_gets_any(string? key)
    {
        using var answer = await GetAsync(key);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(["false"], answer.Headers.GetValues("x-should-retry"));
    }

    [Fact]
    public async Task Who_is_paused_still_gets_his_own_and_who_is_revoked_does_not()
    {
        var (_, team, id, key) = await TeamAsync();
        await SetAsync($"teams/{team}", """{"model":"opus"}""");
        await UntilAsync(key, s => s is not null);
        await _gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/keys/{id}/pause");
        await UntilStatusAsync("/v1/key", key, HttpStatusCode.Forbidden);
        using (var paused = await GetAsync(key))
            Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/keys/{id}");
        await UntilStatusAsync(Path, key, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_models_that_they_name_are_all_that_the_gateway_answers_for()
    {
        var (_, team, _, key) = await TeamAsync();
        _gateway.Upstream.Script(r => r.Text.Contains("allowed by settings"), Fakes.Answer.Json(Streams.WholeMessage));
        await SetAsync($"teams/{team}", """{"availableModels":["claude-test","demo/echo"],"deniedModels":["demo/echo"]}""");
        await UntilAsync(key, s => s is not null);
        foreach (var (model, expected) in new[] { ("claude-test-4-5", 200), ("native/model-4.5", 200), ("translated/model", 400), ("demo/echo", 400) })
        {
            using var answer = await _gateway.SendAsync(TestGateway.Messages(model, false, "allowed by settings", key));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(expected == (int)answer.StatusCode, $"{model}: {(int)answer.StatusCode} {text}");
            Assert.Equal(expected == 400, text.Contains(model == "demo/echo" ? "(deniedModels)" : "(availableModels)", StringComparison.Ordinal));
        }

        using var list = new HttpRequestMessage(HttpMethod.Get, "/v1/models?limit=1000") { Headers = { { "x-api-key", key } } };
        using var models = await _gateway.SendAsync(list);
        Assert.Equal(["native/model-4.5"], JsonNode.Parse(await models.Content.ReadAsStringAsync())!["data"]!.AsArray().Select(m => (string)m!["id"]!));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    [InlineData(
        """{"env":{"A":1,"B":"2","C":null},"hooks":{"Stop":{}},"deniedModels":"opus","mcpServers":{}}""",
        "env.A env.C hooks.Stop deniedModels mcpServers")]
    [InlineData("""{"availableModels":[],"permissions":{"deny":["a",1],"allow":"b"}}""", "availableModels permissions.deny[1] permissions.allow")]
    [InlineData("""{"permissions":[],"env":"x","modelOverrides":1,"availableModelsMatch":"near"}""", "permissions env modelOverrides availableModelsMatch")]
    [InlineData("""{"a":"\ud800","b":{"c":1,"c":2}}""", "a b.c")]
    public async Task A_document_that_cannot_be_is_refused_with_all_that_is_wrong(string body, string fields)
    {
        var (_, team, _, _) = await TeamAsync();
        var (status, answer) = await PutAsync($"teams/{team}", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(' ').Order(), answer["errors"]!.AsObject().Select(e => e.Key).Order());
    }

    [Fact]
    public async Task It_is_bounded_and_for_teams_that_are_there()
    {
        var (_, team, id, _) = await TeamAsync();
        Assert.Equal(HttpStatusCode.OK, (await PutAsync($"teams/{team}", $$"""{"a":"{{new string('x', 65_000)}}"}""")).Status);
        var (status, answer) = await PutAsync($"teams/{team}", $$"""{"a":"{{new string('x', 66_000)}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, answer["errors"]![""]![0]!.ToString().Contains("65536", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync($"teams/{team}", $$"""{"a":"{{new string('x', 3_000_000)}}"}""")).Status);
        foreach (var nobody in new[] { "teams/team:nobody", $"organizations/{team}", $"teams/{id}", "teams/everybody" })
            Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(nobody, "{}")).Status);
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/teams/{team}");
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync($"teams/{team}", "{}")).Status);
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_trail_and_the_same_again_is_none()
    {
        var (_, team, _, _) = await TeamAsync();
        await SetAsync($"teams/{team}", """{"model":"opus","env":{"A":"1"}}""");
        await SetAsync($"teams/{team}", """{ "env": {"A":"1"}, "model":"opus" }""");
        await SetAsync($"teams/{team}", """{"model":"haiku"}""");
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/teams/{team}/managed-settings");
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/teams/{team}/managed-settings");
        var events = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/audit?target={team}")).GetProperty("data").EnumerateArray().Skip(1)
            .Select(e => JsonNode.Parse(e.GetRawText())!).ToList();
        Assert.Equal(
            [("managed_settings.set", null, "opus"), ("managed_settings.set", "opus", "haiku"), ("managed_settings.removed", "haiku", null)],
            events.Select(e => ((string)e["action"]!, (string?)e["before"]?["settings"]?["model"], (string?)e["after"]?["settings"]?["model"])));
    }

    [Fact]
    public async Task A_front_door_that_starts_while_everything_is_away_answers_from_its_file()
    {
        const string MadeUp = "gw-never-seen-before";
        await using var gateway = await TestGateway.StartAsync();
        var team = (await gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { })).GetProperty("id").GetString()!;
        var (_, key) = await gateway.CreateKeyAsync(new { teamId = team });
        await gateway.AdminAsync(HttpMethod.Put, "/admin/v1/managed-settings", new { model = "opus" });
        await gateway.AdminAsync(HttpMethod.Put, $"/admin/v1/teams/{team}/managed-settings", new { env = new { a = "1" } });
        using (var limit = new CancellationTokenSource(TestGateway.Timeout))
        {
            var files = new[] { "managed-settings.json", "managed-settings-callers.json" }.Select(f => System.IO.Path.Combine(gateway.OutboxPath, f)).ToList();
            using var client = gateway.Client;
            while (await ModelAsync(client, key) is not (200, { } settings) || settings["env"] is null || !files.All(File.Exists))
                await Task.Delay(50, limit.Token);
            Assert.All(files, f => Assert.DoesNotContain(key, File.ReadAllText(f), StringComparison.Ordinal));
            // What comes along with a good one is none.
            var callers = File.GetLastWriteTimeUtc(files[1]);
            Assert.Equal(200, (await ModelAsync(client, key, MadeUp)).Status);
            while (File.GetLastWriteTimeUtc(files[1]) == callers)
                await Task.Delay(50, limit.Token);
        }

        // Nothing answers at this address, and nothing else is known than what lies beside the outbox.
        await using (var door = await LonelyDoorAsync(gateway, gateway.OutboxPath))
        {
            using var client = new HttpClient { BaseAddress = new Uri(door.Urls.Single()), Timeout = TestGateway.Timeout };
            var (status, settings) = await ModelAsync(client, key);
            Assert.Equal((200, """{"model":"opus","env":{"a":"1"}}"""), (status, settings?.ToJsonString()));
            // Whom it can't check it can't call unknown: what is for everybody is all that he gets.
            (status, settings) = await ModelAsync(client, MadeUp);
            Assert.Equal((200, """{"model":"opus"}"""), (status, settings?.ToJsonString()));
            (status, settings) = await ModelAsync(client, null, MadeUp);
            Assert.Equal((200, """{"model":"opus"}"""), (status, settings?.ToJsonString()));
            Assert.Equal(401, (await ModelAsync(client, null)).Status);
        }

        // One that has never read any is not ready, and is no 5xx either.
        await using var empty = await LonelyDoorAsync(gateway, System.IO.Path.Combine(gateway.OutboxPath, "new"));
        using var asking = new HttpClient { BaseAddress = new Uri(empty.Urls.Single()), Timeout = TestGateway.Timeout };
        Assert.Equal(404, (await ModelAsync(asking, key)).Status);
        using var ready = await asking.GetAsync(HealthEndpoints.Ready);
        Assert.Contains("managed settings have not been read yet", await ready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        static async Task<(int Status, JsonNode? Settings)> ModelAsync(HttpClient client, string? key, string? apiKey = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Path);
            if (apiKey is not null)
                request.Headers.Add("x-api-key", apiKey);
            if (key is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? JsonNode.Parse(text)!["settings"] : null);
        }
    }

    /// <summary>Nothing answers where its sidecar should be.</summary>
    private static async Task<WebApplication> LonelyDoorAsync(TestGateway gateway, string outbox)
    {
        const string Nobody = "http://127.0.0.1:9";
        var app = IngressHost.Build(
            [
                "--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={Nobody}", $"--DAPR_GRPC_ENDPOINT={Nobody}",
                $"--GATEWAY_CATALOG={gateway.CatalogPath}", $"--GATEWAY_OUTBOX={outbox}", "--GATEWAY_HANDLE_SIGNALS=false",
            ]);
        await app.StartAsync();
        return app;
    }

    private async Task<(string Organization, string Team, string Id, string Key)> TeamAsync()
    {
        var organization = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/organizations", new { })).GetProperty("id").GetString()!;
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { parent = organization })).GetProperty("id").GetString()!;
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team });
        return (organization, team, id, key);
    }

    private async Task SetAsync(string whose, string body) => Assert.Equal(HttpStatusCode.OK, (await PutAsync(whose, body)).Status);

    private async Task<(HttpStatusCode Status, JsonNode Body)> PutAsync(string whose, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/admin/v1/{whose}/managed-settings")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "x-api-key", TestGateway.AdminKey } },
        };
        using var answer = await _gateway.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private Task<HttpResponseMessage> GetAsync(string? key, string path = Path, string? known = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (known is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return _gateway.SendAsync(request);
    }

    /// <summary>The settings once they are so; null: there are none.</summary>
    private async Task<JsonNode?> UntilAsync(string key, Func<JsonNode?, bool> condition)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            using var answer = await GetAsync(key);
            Assert.True((int)answer.StatusCode is 200 or 404, $"{answer.StatusCode}");
            var settings = answer.StatusCode == HttpStatusCode.OK ? JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["settings"] : null;
            if (condition(settings))
                return settings;
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task UntilStatusAsync(string path, string key, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            using var answer = await GetAsync(key, path);
            if (answer.StatusCode == status)
                return;
            await Task.Delay(50, limit.Token);
        }
    }
}
