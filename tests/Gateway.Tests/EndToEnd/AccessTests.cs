using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>Which models a key may use, by its own list, its team's and its organisation's, at every front door within five seconds.</summary>
public sealed class AccessTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_list_of_any_level_and_a_group_that_changes_hold_at_every_front_door()
    {
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/access-groups", new { name = "cheap", models = new[] { "demo/echo", "translated/*" } });
        var org = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/organizations", new { models = new[] { "demo/*", "native/*" } }));
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { parent = org }));
        var (_, key) = await _gateway.CreateKeyAsync(new { teamId = team, models = new[] { "group:cheap" } });
        await using var second = await _gateway.OpenDoorAsync();
        string[] doors = [_gateway.Url, second.Urls.First()];

        // The group has models that the organisation does not.
        await UntilAsync(doors, key, "demo/echo", HttpStatusCode.OK);
        await UntilAsync(doors, key, "translated/model", HttpStatusCode.BadRequest, "this API key may not use translated/model");
        Assert.Equal(["demo/echo"], await ModelsAsync(key));
        await UntilAsync(doors, key, "demo/ech", HttpStatusCode.NotFound, "Did you mean demo/echo?");
        await UntilAsync(doors, key, "translated/mode", HttpStatusCode.NotFound, "translated/mode is not known to this gateway. GET");

        await _gateway.AdminAsync(HttpMethod.Patch, "/admin/v1/access-groups/cheap", new { models = new[] { "native/gift" } });
        await UntilAsync(doors, key, "demo/echo", HttpStatusCode.BadRequest, "this API key may not use demo/echo");
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", new { models = new[] { "native/plain" } });
        await UntilAsync(doors, key, "native/gift", HttpStatusCode.BadRequest, "this API key may not use native/gift");
        Assert.Empty(await ModelsAsync(key));

        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", new { models = (string[]?)null });
        await UntilAsync(doors, key, "native/gift", HttpStatusCode.OK);
        await _gateway.AdminAsync(HttpMethod.Delete, "/admin/v1/access-groups/cheap");
        await UntilAsync(doors, key, "native/gift", HttpStatusCode.BadRequest, "this API key may not use native/gift");
    }

    private static string Id(JsonElement made) => made.GetProperty("id").GetString()!;

    private async Task<IEnumerable<string>> ModelsAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { { "x-api-key", key } } };
        using var answer = await _gateway.SendAsync(request);
        var list = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!);
    }

    private async Task UntilAsync(string[] doors, string key, string model, HttpStatusCode expected, string says = "")
    {
        _gateway.Upstream.Always(r => r.Text.Contains("may I"), _ => Streams.Opening(true).Closing(true));
        var clock = Stopwatch.StartNew();
        foreach (var door in doors)
        {
            while (true)
            {
                var request = TestGateway.Messages(model, stream: true, "may I", key);
                request.RequestUri = new Uri(door + "/v1/messages");
                using var answer = await _gateway.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode == expected && text.Contains(says, StringComparison.Ordinal))
                    break;
                Assert.True(clock.Elapsed < TestGateway.Timeout, $"still {answer.StatusCode} after five seconds: {text}");
                await Task.Delay(50);
            }
        }
    }
}
