using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Providers.Answers;

namespace Gateway.Tests.Translation;

/// <summary>Rule E35: stop sequences that the provider does not take are looked for in its answer.</summary>
public class LocalStopTests : IAsyncLifetime
{
    private TranslatorFixture _translator = null!;

    public async Task InitializeAsync() => _translator = await TranslatorFixture.StartAsync();

    public async Task DisposeAsync() => await _translator.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_E35_the_provider_is_told_to_stop_once_the_answer_is_cut(bool stream)
    {
        var cancelled = new TaskCompletionSource();
        _translator.Script(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
            context.RequestAborted.Register(cancelled.SetResult);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Chunk("Hello w") + Chunk("orld, and more")));
            await context.Response.Body.FlushAsync();
            await cancelled.Task.WaitAsync(TranslatorFixture.Limit);
        });
        using var response = await _translator.SendAsync(
            $$"""{"model":"my-model","max_tokens":100,"stream":{{(stream ? "true" : "false")}},"stop_sequences":["1","2","3","4","world"]"""
            + $$""","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5));
        var message = stream ? StreamGrammar.Check(text)! : JsonNode.Parse(text)!;
        Assert.Equal("Hello ", message["content"]![0]!["text"]!.GetValue<string>());
        Assert.Equal(("stop_sequence", "world"), (message["stop_reason"]!.GetValue<string>(), message["stop_sequence"]!.GetValue<string>()));
        Assert.True(message["usage"]!["output_tokens"]!.GetValue<int>() > 0);
        Assert.Equal("""["1","2","3","4"]""", JsonNode.Parse(_translator.Calls.Single().Body)!["stop"]!.ToJsonString());
    }

    [Fact]
    public void The_same_text_is_cut_at_the_same_place_however_it_comes()
    {
        string[][] sequences = [["abcd", "bc", "c"], ["aab"], ["ü🎉"], ["\n\n", "\n \n"], ["aa", "aaa"]];
        foreach (var stops in sequences)
        {
            foreach (var text in new[] { "xabcdx", "aaab", "aaaab", "grü🎉!", "gü🎈", "a\n \n\n", "none of it", "aa" })
            {
                var (whole, matched) = Cut(stops, [text]);
                var runes = text.EnumerateRunes().Select(r => r.ToString()).ToArray();
                for (var cut = 0; cut <= runes.Length; cut++)
                    Assert.Equal((whole, matched), Cut(stops, [string.Concat(runes[..cut]), string.Concat(runes[cut..])]));
                Assert.Equal((whole, matched), Cut(stops, runes));
                Assert.Equal(matched is not null, stops.Any(s => text.Contains(s, StringComparison.Ordinal)));
                Assert.StartsWith(whole + matched, text);
                if (matched is null)
                    Assert.Equal(text, whole);
            }
        }
    }

    private static (string Text, string? Matched) Cut(string[] stops, string[] parts)
    {
        var matcher = new StopMatcher(stops);
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(Encoding.UTF8.GetString(matcher.Accept(Encoding.UTF8.GetBytes(part), out var matched)));
            if (matched is not null)
                return (text.ToString(), matched);
        }

        return (text.Append(Encoding.UTF8.GetString(matcher.Flush())).ToString(), null);
    }

    private static string Chunk(string text) => $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{text}}}"},"finish_reason":null}]}""" + "\n\n";
}
