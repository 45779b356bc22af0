using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>A key is stopped by itself, by its team and by its organisation, at every front door within five seconds.</summary>
public sealed class StopTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task Pausing_stops_and_resuming_starts_again_at_every_level()
    {
        var (org, team, id, key) = await MakeAsync("pauses");
        await using var second = await _gateway.OpenDoorAsync();
        string[] doors = [_gateway.Url, second.Urls.First()];
        foreach (var (path, says) in new[]
            {
                ($"keys/{id}", "The API key is paused"), ($"teams/{team}", "The team of the API key is paused"),
                ($"organizations/{org}", "The organisation of the API key is paused"),
            })
        {
            await UntilAsync(doors, key, HttpStatusCode.OK, "");
            await _gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/{path}/pause");
            await UntilAsync(doors, key, HttpStatusCode.Forbidden, says);
            await _gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/{path}/resume");
        }

        await UntilAsync(doors, key, HttpStatusCode.OK, "");
    }

    [Fact]
    public async Task Keys_of_a_deleted_team_are_refused_and_work_again_in_another()
    {
        var (_, team, id, key) = await MakeAsync("deletes");
        await UntilAsync([_gateway.Url], key, HttpStatusCode.OK, "");
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/teams/{team}");
        await UntilAsync([_gateway.Url], key, HttpStatusCode.Unauthorized, "The team of the API key has been deleted");
        var other = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "takes it" });
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { teamId = other.GetProperty("id").GetString() });
        await UntilAsync([_gateway.Url], key, HttpStatusCode.OK, "");
    }

    [Fact]
    public async Task Keys_of_an_expired_team_are_refused()
    {
        var (_, team, _, key) = await MakeAsync("expires");
        await UntilAsync([_gateway.Url], key, HttpStatusCode.OK, "");
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", new { expiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) });
        await UntilAsync([_gateway.Url], key, HttpStatusCode.Unauthorized, "The team of the API key has expired");
    }

    [Fact]
    public async Task A_creation_is_idempotent_through_the_front_door()
    {
        var once = Guid.NewGuid().ToString();
        var answers = new List<string>();
        foreach (var isReplayed in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/keys") { Content = JsonContent.Create(new { name = "once" }) };
            request.Headers.Add("x-api-key", TestGateway.AdminKey);
            request.Headers.Add("Idempotency-Key", once);
            using var answer = await _gateway.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.Created, isReplayed), (answer.StatusCode, answer.Headers.Contains("Idempotent-Replayed")));
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(answers[0], answers[1]);
    }

    private async Task<(string Org, string Team, string Id, string Key)> MakeAsync(string name)
    {
        var org = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/organizations", new { name }));
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name, parent = org }));
        var (id, key) = await _gateway.CreateKeyAsync(new { name, teamId = team });
        return (org, team, id, key);

        static string Id(JsonElement made) => made.GetProperty("id").GetString()!;
    }

    private async Task UntilAsync(string[] doors, string key, HttpStatusCode expected, string says)
    {
        var clock = Stopwatch.StartNew();
        foreach (var door in doors)
        {
            while (true)
            {
                var request = TestGateway.Messages("demo/echo", false, key: key);
                request.RequestUri = new Uri(door + "/v1/messages");
                using var answer = await _gateway.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode == expected)
                {
                    Assert.Contains(says, text);
                    break;
                }

                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5.5), $"still {answer.StatusCode} after five seconds: {text}");
                await Task.Delay(50);
            }
        }
    }
}
