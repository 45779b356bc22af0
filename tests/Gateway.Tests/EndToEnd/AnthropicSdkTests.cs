using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>The official C# SDK against the running gateway, on both routes.</summary>
public sealed class AnthropicSdkTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<bool> Native => new() { true, false };

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Create(bool native)
    {
        var message = await Client().Messages.Create(Prompt(native, Answer.Json(Streams.Whole(native))));
        message.Validate();
        Assert.Equal("Hello", Text(message));
        Assert.Equal((100, 10, 20), (message.Usage.InputTokens, message.Usage.CacheReadInputTokens, message.Usage.OutputTokens));
        Assert.Equal(Model(native), message.Model.Raw());
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Stream(bool native)
    {
        var events = new List<RawMessageStreamEvent>();
        await foreach (var e in Client().Messages.CreateStreaming(Prompt(native, Streams.Opening(native).Words(native, " world").Closing(native))))
        {
            e.Validate();
            events.Add(e);
        }

        Assert.True(events[0].TryPickStart(out _));
        Assert.True(events[^1].TryPickStop(out _));
        var text = string.Concat(events.Select(e => e.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var t) ? t.Text : ""));
        Assert.Equal("Hello world", text);
    }

    [Theory]
    [InlineData("http://x/v1/anthropic")]
    [InlineData("http://x/anthropic")]
    [InlineData("http://x/api")]
    [InlineData("http://x")]
    public async Task Contract_C1_every_documented_base_url_works(string baseUrl)
    {
        using var client = Client(_gateway.Url + new Uri(baseUrl).AbsolutePath.TrimEnd('/'));
        var message = await client.Messages.Create(
            new MessageCreateParams { Model = "demo/echo", MaxTokens = 50, Messages = [new UserMessageParam { Content = "ping" }] });
        Assert.Contains("ping", Text(message));
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Count_tokens(bool native)
    {
        if (native)
            _gateway.Upstream.Script(r => r.Path.EndsWith("count_tokens"), Answer.Json("""{"input_tokens":42}"""));
        var count = await Client().Messages.CountTokens(
            new MessageCountTokensParams { Model = Model(native), Messages = [new UserMessageParam { Content = "How many tokens are these?" }] });
        if (native)
            Assert.Equal(42, count.InputTokens);
        else
            Assert.InRange(count.InputTokens, 5, 30);
    }

    [Fact]
    public async Task Models()
    {
        var page = await Client().Models.List();
        Assert.Contains(page.Items, m => m.ID == "native/model-4.5");
        var model = await Client().Models.Retrieve("claude-test-4-5");
        Assert.Equal("native/model-4.5", model.ID);
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Errors(bool native)
    {
        using var client = new AnthropicClient { BaseUrl = _gateway.Url, ApiKey = TestGateway.ApiKey, MaxRetries = 0 };
        await Assert.ThrowsAsync<AnthropicNotFoundException>(
            () => client.Messages.Create(new MessageCreateParams { Model = "nothing", MaxTokens = 5, Messages = [new UserMessageParam { Content = "x" }] }));
        await Assert.ThrowsAsync<AnthropicRateLimitException>(
            () => client.Messages.Create(Prompt(native, Answer.Json("""{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}""", 429))));
        var broken = Prompt(native, Streams.Opening(native).Cut());
        await Assert.ThrowsAsync<AnthropicSseException>(async () =>
        {
            await foreach (var _ in client.Messages.CreateStreaming(broken))
            {
            }
        });
    }

    private static string Model(bool native) => native ? "claude-test-4-5" : "translated/model";

    private static string Text(Message message) => message.Content[0].TryPickText(out var text) ? text.Text : "";

    private AnthropicClient Client(string? baseUrl = null) => new() { BaseUrl = baseUrl ?? _gateway.Url, ApiKey = TestGateway.ApiKey };

    private MessageCreateParams Prompt(bool native, Answer answer)
    {
        var marker = "sdk-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), answer);
        return new MessageCreateParams { Model = Model(native), MaxTokens = 100, Messages = [new UserMessageParam { Content = marker }] };
    }
}
