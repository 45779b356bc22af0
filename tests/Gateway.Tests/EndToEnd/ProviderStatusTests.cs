using System.Net;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Tests.WebConsole;

namespace Gateway.Tests.EndToEnd;

/// <summary>Which providers are down, as the admin API and the console say.</summary>
public sealed class ProviderStatusTests : IAsyncLifetime
{
    private const string Model = "claude-test-4-5-20250929";
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(new Dictionary<string, string>
    {
        ["GATEWAY_CONSOLE"] = "true",
        ["GATEWAY_BREAKER_FAILURES"] = "2",
        ["GATEWAY_BREAKER_SECONDS"] = "60",
    });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_provider_that_keeps_failing_is_shown_as_down_and_until_when()
    {
        var before = await OfAsync("anthropic");
        Assert.Equal("closed", before.GetProperty("state").GetString());
        Assert.False(before.TryGetProperty("since", out _));
        Assert.Equal("provider-adapter", before.GetProperty("app").GetString());

        // An error that names no model is the provider's.
        _gateway.Upstream.Script(Answer.Json("{}", 500), Answer.Json("{}", 500));
        var began = DateTimeOffset.UtcNow;
        for (var i = 0; i < 2; i++)
            await SendAsync();
        var down = await OfAsync("anthropic");
        Assert.Equal("open", down.GetProperty("state").GetString());
        Assert.Equal(2, down.GetProperty("failures").GetInt32());
        Assert.Equal(Environment.MachineName, down.GetProperty("replica").GetString());
        var since = down.GetProperty("since").GetDateTimeOffset();
        Assert.InRange(since, began.AddSeconds(-1), DateTimeOffset.UtcNow);
        Assert.InRange((down.GetProperty("triesAt").GetDateTimeOffset() - since).TotalSeconds, 59, 61);
        // Others are as they were.
        Assert.Equal("closed", (await OfAsync("openai")).GetProperty("state").GetString());

        using var browser = new ConsoleBrowser(_gateway.Url);
        await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        foreach (var path in new[] { "/console", "/console/models/providers" })
        {
            var page = await browser.GetAsync(path);
            Assert.Equal(200, page.Status);
            Assert.Matches(@"anthropic\s+down\s+since\s+20\d\d-", page.Text);
        }
    }

    [Fact]
    public async Task Calls_in_progress_are_counted_and_a_model_that_fails_is_named()
    {
        var gate = new Gate();
        _gateway.Upstream.Script(new Answer().At(gate).Raw("{}"));
        var running = SendAsync();
        await gate.ReachedAsync();
        Assert.Equal(1, (await OfAsync("anthropic")).GetProperty("running").GetInt32());
        gate.Release();
        await running;

        var error = "{\"error\":{\"message\":\"" + Model + " is overloaded\"}}";
        _gateway.Upstream.Script(Answer.Json(error, 500), Answer.Json(error, 500));
        for (var i = 0; i < 2; i++)
            await SendAsync();
        var provider = await OfAsync("anthropic");
        Assert.Equal("closed", provider.GetProperty("state").GetString());
        var model = Assert.Single(provider.GetProperty("models").EnumerateArray().ToList());
        Assert.Equal((Model, "open"), (model.GetProperty("model").GetString(), model.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Without_an_adapter_nothing_is_claimed()
    {
        await using var door = await _gateway.OpenDoorAsync();
        await File.WriteAllTextAsync(
            _gateway.CatalogPath,
            """{"default":false,"providers":{"far":{"dialect":"anthropic","baseUrl":"http://127.0.0.1:9","app":"nobody-is-called-so"}},"models":[]}""");
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        IReadOnlyList<JsonElement> data;
        do
        {
            await Task.Delay(50, limit.Token);
            data = await AllAsync();
        }
        while (data.Count != 1);
        Assert.Equal("unknown", data[0].GetProperty("state").GetString());
        Assert.False(data[0].TryGetProperty("replica", out _));
    }

    private async Task SendAsync()
    {
        using var answer = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false));
        await answer.Content.ReadAsStringAsync();
        Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private async Task<JsonElement> OfAsync(string name) => (await AllAsync()).Single(p => p.GetProperty("name").GetString() == name);

    private async Task<IReadOnlyList<JsonElement>> AllAsync() =>
        [.. (await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/providers")).GetProperty("data").EnumerateArray()];
}
