using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>Managed settings while billing, the sidecars and their store are dead, and ingress has just started: Claude Code starts all the same.</summary>
public sealed class SettingsOutageTests : IAsyncLifetime
{
    private FakeUpstream _upstream = null!;
    private SeparateGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _upstream = await FakeUpstream.StartAsync();
        _gateway = await SeparateGateway.StartAsync(_upstream);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Settings_are_answered_by_an_ingress_that_starts_while_all_else_is_dead()
    {
        using var admin = new Admin(() => _gateway.Url);
        using var http = new HttpClient { Timeout = TestGateway.Timeout };
        var (_, key) = await admin.CreateKeyAsync(new { name = "developer" });
        using (var set = new HttpRequestMessage(HttpMethod.Put, _gateway.Url + "/admin/v1/managed-settings"))
        {
            set.Headers.Add("x-api-key", TestGateway.AdminKey);
            set.Content = new StringContent("""{"model":"opus"}""", new MediaTypeHeaderValue("application/json"));
            using var answer = await http.SendAsync(set);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (await SettingsAsync(http, key) is not { Status: 200 })
            await Task.Delay(50, limit.Token);
        foreach (var process in new[] { AppIds.Billing, SeparateGateway.Sidecars })
            await _gateway.KillAsync(process);
        Assert.Equal((200, "opus"), await SettingsAsync(http, key));

        await _gateway.KillAsync(AppIds.Ingress);
        await _gateway.StartAsync(AppIds.Ingress);
        var (status, model) = (0, (string?)null);
        while (status == 0)
        {
            try
            {
                (status, model) = await SettingsAsync(http, key);
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
                await Task.Delay(50, limit.Token);
            }
        }

        Assert.Equal((200, "opus"), (status, model));
        // What it cannot check is not called unknown, and is never an error.
        Assert.Equal((200, "opus"), await SettingsAsync(http, "gw-never-seen-before"));
    }

    private async Task<(int Status, string? Model)> SettingsAsync(HttpClient http, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _gateway.Url + "/managed/settings");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var settings = answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement.GetProperty("settings") : default;
        return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? settings.GetProperty("model").GetString() : null);
    }
}
