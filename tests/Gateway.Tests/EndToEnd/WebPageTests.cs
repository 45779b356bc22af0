using System.Net;
using System.Text.Json.Nodes;
using static Gateway.Tests.EndToEnd.WebGateway;

namespace Gateway.Tests.EndToEnd;

/// <summary>Anthropic's web fetch on a model of another provider: the gateway reads the page (rule E95).</summary>
public sealed class WebPageTests(WebGateway web) : IClassFixture<WebGateway>
{
    private static (string, string) Fetch(string url) => ("web_fetch", $$"""{"url":"{{url}}"}""");

    private static string Request(string text, string fetch = "", string tools = "") => $$"""
        {"model":"chat/model","max_tokens":1000,"messages":[{"role":"user","content":"{{text}}"}],
         "tools":[{"type":"web_fetch_20250910","name":"web_fetch"{{fetch}}}{{tools}}]}
        """;

    private static List<string> Types(JsonObject? message) => [.. message!["content"]!.AsArray().Select(b => b!["type"]!.GetValue<string>())];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_page_that_the_user_names_is_read_and_shown_as_a_document(bool stream)
    {
        var url = web.Page($"/pages/{stream}", "<title>A page</title><p>What it says.</p>");
        web.Script(url, new Turn("Let me read.", Fetch(url)), new Turn("It says a lot."));
        var (id, key) = await web.Gateway.CreateKeyAsync();
        var (status, message, text) = await web.AskAsync(Request($"Read {url}, please."), stream, key);
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal(["text", "server_tool_use", "web_fetch_tool_result", "text"], Types(message));
        var result = message!["content"]![2]!["content"]!;
        Assert.Equal(("web_fetch_result", url), (result["type"]!.GetValue<string>(), result["url"]!.GetValue<string>()));
        Assert.NotNull(result["retrieved_at"]);
        Assert.Equal(("document", "A page"), (result["content"]!["type"]!.GetValue<string>(), result["content"]!["title"]!.GetValue<string>()));
        Assert.Equal("What it says.", result["content"]!["source"]!["data"]!.GetValue<string>());
        Assert.Equal(1, message["usage"]!["server_tool_use"]!["web_fetch_requests"]!.GetValue<int>());
        Assert.Contains("What it says.", web.Calls(url)[1].GetProperty("messages")[2].GetProperty("content").GetString());
        Assert.Equal("0.0009", (await web.EventAsync(id)).GetProperty("cost").GetProperty("amount").GetString());

        var next = JsonNode.Parse(Request($"Read {url}, please."))!.AsObject();
        next["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = message["content"]!.DeepClone() });
        next["messages"]!.AsArray().Add(new JsonObject { ["role"] = "user", ["content"] = "Go on." });
        Assert.Equal(HttpStatusCode.OK, (await web.AskAsync(next.ToJsonString(), stream)).Status);
        var told = web.Calls(url)[2].GetProperty("messages");
        Assert.Equal(["user", "assistant", "tool", "assistant", "user"], told.EnumerateArray().Select(m => m.GetProperty("role").GetString()));
        Assert.Contains("What it says.", told[2].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("http://elsewhere.example/?secret=1", "url_not_in_prior_context")]
    [InlineData("nonsense", "invalid_tool_input")]
    [InlineData("ftp://a.example/", "invalid_tool_input")]
    public async Task A_page_of_the_models_own_making_is_not_read(string url, string code)
    {
        web.Script($"made {code.Length}{url.Length}", new Turn($"I know {url}.", Fetch(url)), new Turn("No."));
        var (_, message, text) = await web.AskAsync(Request($"made {code.Length}{url.Length}"), stream: true);
        Assert.True(message is not null, text);
        Assert.Equal(("web_fetch_tool_result_error", code), (
            message["content"]![2]!["content"]!["type"]!.GetValue<string>(), message["content"]![2]!["content"]!["error_code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task What_a_search_or_a_page_names_may_be_read_and_each_tool_has_its_limit()
    {
        var second = web.Page("/found/second", "<p>The second.</p>");
        var first = web.Page("/found/first", "<p>See <a href='second#part'>this</a>.</p>");
        web.Script(
            "follow", new Turn(null, ("web_search", """{"query":"follow"}""")), new Turn(null, Fetch(first)), new Turn(null, Fetch(second)),
            new Turn(null, Fetch(second)), new Turn("Done."));
        web.Found("follow", $$"""[{"url":"{{first}}","title":"First","content":""}]""");
        var (_, message, text) = await web.AskAsync(
            Request("follow", ",\"max_uses\":2", """,{"type":"web_search_20250305","name":"web_search"}"""), stream: true);
        Assert.True(message is not null, text);
        var results = message["content"]!.AsArray().Where(b => b!["type"]!.GetValue<string>() == "web_fetch_tool_result").Select(b => b!["content"]!).ToList();
        Assert.Equal($"See [this]({second}#part).", results[0]["content"]!["source"]!["data"]!.GetValue<string>());
        Assert.Equal("The second.", results[1]["content"]!["source"]!["data"]!.GetValue<string>());
        Assert.Equal("max_uses_exceeded", results[2]["error_code"]!.GetValue<string>());
        var used = message["usage"]!["server_tool_use"]!;
        Assert.Equal((1, 2), (used["web_search_requests"]!.GetValue<int>(), used["web_fetch_requests"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_client_says_how_much_of_a_page_the_model_is_shown_and_of_which_sites()
    {
        var url = web.Page("/long", $"<p>{new string('x', 1000)}</p>");
        web.Script("to be sized", new Turn(null, Fetch(url)), new Turn("Done."));
        var (_, message, _) = await web.AskAsync(Request($"to be sized {url}", ",\"max_content_tokens\":10"), stream: false);
        Assert.Equal(40, message!["content"]![1]!["content"]!["content"]!["source"]!["data"]!.GetValue<string>().Length);
        web.Script("sited", new Turn(null, Fetch(url)), new Turn("Done."));
        (_, message, _) = await web.AskAsync(Request($"sited {url}", ",\"allowed_domains\":[\"a.example\"]"), stream: false);
        Assert.Equal("url_not_allowed", message!["content"]![1]!["content"]!["error_code"]!.GetValue<string>());
        var word = new string('y', 250);
        web.Script(word, new Turn(null, Fetch($"http://a.example/{word}")), new Turn("Done."));
        (_, message, _) = await web.AskAsync(Request($"http://a.example/{word}"), stream: false);
        Assert.Equal("url_too_long", message!["content"]![1]!["content"]!["error_code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_the_operators_word_both_tools_are_refused_as_before()
    {
        await using var gateway = await TestGateway.StartAsync();
        foreach (var tool in new[] { "web_search", "web_fetch" })
        {
            using var response = await gateway.SendAsync(TestGateway.Post(
                "/v1/messages",
                $$"""
                {"model":"translated/model","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],
                 "tools":[{"type":"{{tool}}_20260209","name":"{{tool}}"}]}
                """));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains($"tools.0.type: The tool {tool}_20260209 is run by Anthropic", await response.Content.ReadAsStringAsync());
        }
    }
}
