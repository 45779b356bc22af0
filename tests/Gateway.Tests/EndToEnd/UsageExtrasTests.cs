using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>On the paths of the gateways that promise them, usage has their members without a word about it on the key (contract C8).</summary>
public sealed class UsageExtrasTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    // The setting as it is by itself.
    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_USAGE_EXTRAS"] = "" });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("/anthropic/v1/messages", true, false)]
    [InlineData("/api/v1/messages", false, true)]
    [InlineData("/v1/messages", false, true)]
    [InlineData("/v1/anthropic/messages", false, false)]
    [InlineData("/v1/anthropic/v1/messages", false, false)]
    [InlineData("/anthropic/messages", true, false)]
    [InlineData("/anthropic/v1/messages/", true, false)]
    [InlineData("/api/messages", false, true)]
    [InlineData("/messages", false, true)]
    public async Task Each_path_has_what_its_gateway_promises(string path, bool tokens, bool cost)
    {
        foreach (var (model, native) in new[] { ("claude-test-4.5", true), ("translated/model", false) })
        {
            foreach (var stream in new[] { true, false })
            {
                var usage = await UsageAsync(path, model, stream ? Streams.Opening(native).Closing(native) : Answer.Json(Streams.Whole(native)), stream);
                Assert.Equal(tokens ? (130, 10, 0, 0) : ((int, int, int, int)?)null, Tokens(usage));
                Assert.Equal(cost ? 0.000603m : (decimal?)null, usage.TryGetProperty("cost", out var said) ? said.GetDecimal() : null);
                Assert.Equal(20, usage.GetProperty("output_tokens").GetInt32());
            }
        }
    }

    [Fact]
    public async Task Tokens_that_the_provider_does_not_speak_of_are_0_and_a_cost_that_nobody_knows_is_left_out()
    {
        var plain = Streams.WholeMessage.Replace("\"cache_read_input_tokens\":10,", "");
        Assert.Equal((120, 0, 0, 0), Tokens(await UsageAsync("/anthropic/v1/messages", "claude-test-4.5", Answer.Json(plain), false)));
        Assert.False((await UsageAsync("/v1/messages", "native/unpriced", Answer.Json(plain), false)).TryGetProperty("cost", out _));
    }

    [Fact]
    public async Task A_keys_own_flag_adds_them_on_every_path()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { extendedUsage = true });
        var usage = await UsageAsync("/v1/anthropic/messages", "claude-test-4.5", Answer.Json(Streams.WholeMessage), false, key);
        Assert.Equal((130, 10, 0, 0), Tokens(usage));
        Assert.Equal(0.000603m, usage.GetProperty("cost").GetDecimal());
    }

    private async Task<JsonElement> UsageAsync(string path, string model, Answer answer, bool stream, string key = TestGateway.ApiKey)
    {
        var marker = "extras-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), answer);
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, stream, marker, key, path));
        var text = await response.Content.ReadAsStringAsync();
        var json = stream ? text.Split('\n').Last(l => l.StartsWith("data:") && l.Contains("message_delta"))[5..] : text;
        return JsonDocument.Parse(json).RootElement.GetProperty("usage");
    }

    private static (int, int, int, int)? Tokens(JsonElement usage) => usage.TryGetProperty("total_tokens", out var total)
        ? (total.GetInt32(), usage.GetProperty("cache_read_tokens").GetInt32(), usage.GetProperty("cache_write_tokens").GetInt32(),
            usage.GetProperty("reasoning_tokens").GetInt32())
        : null;
}
