using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Tests.Translation;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// A gateway that searches the web and reads pages, with a scripted model before it and a search service behind it. Tests share it: each has a
/// word of its own, in what it asks for.
/// </summary>
public sealed class WebGateway : IAsyncLifetime
{
    public TestGateway Gateway { get; private set; } = null!;

    /// <summary>The search service, a SearXNG.</summary>
    public FakeUpstream Service => Gateway.Second;

    public async Task InitializeAsync() => Gateway = await TestGateway.StartAsync(
        new Dictionary<string, string> { ["GATEWAY_WEB_ROUNDS"] = "5" }, Catalog);

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>What the model says, call by call of one conversation; its last answer is repeated.</summary>
    public void Script(string word, params Turn[] turns)
    {
        var calls = new ConcurrentQueue<RecordedRequest>();
        Gateway.Upstream.Always(r => r.Text.Contains(word) && r.Path.EndsWith("/chat/completions", StringComparison.Ordinal), r =>
        {
            calls.Enqueue(r);
            return turns[Math.Min(calls.Count, turns.Length) - 1].Answer(r.Json().TryGetProperty("stream", out var s) && s.GetBoolean());
        });
    }

    /// <summary>What the search service finds for queries with this word.</summary>
    public void Found(string word, string results, int status = 200) =>
        Service.Always(r => r.Query.Contains(word), _ => Answer.Json($$"""{"query":"q","results":{{results}}}""", status));

    public IReadOnlyList<RecordedRequest> Searches(string word) => [.. Service.Requests.Where(r => r.Query.Contains(word))];

    /// <summary>The model's calls of a conversation.</summary>
    public IReadOnlyList<JsonElement> Calls(string word) =>
        [.. Gateway.Upstream.Requests.Where(r => r.Received.IsCompleted && r.Text.Contains(word)).Select(r => r.Json())];

    /// <summary>One request, and its answer as the client gets it.</summary>
    public async Task<(HttpStatusCode Status, JsonObject? Message, string Text)> AskAsync(string body, bool stream, string? key = null)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        if (stream)
            request["stream"] = true;
        using var response = await Gateway.SendAsync(TestGateway.Post("/v1/messages", request.ToJsonString(), key ?? TestGateway.ApiKey));
        var text = await response.Content.ReadAsStringAsync();
        var message = !response.IsSuccessStatusCode ? null : stream ? StreamGrammar.Check(text) : JsonNode.Parse(text)!.AsObject();
        return (response.StatusCode, message, text);
    }

    /// <summary>A page of the web, beside the search service; its address.</summary>
    public string Page(string path, string html)
    {
        Service.Always(r => r.Path == path, _ => Answer.Whole("text/html", System.Text.Encoding.UTF8.GetBytes(html)));
        return Service.Url + path;
    }

    /// <param name="tools">Beside the search.</param>
    public static string Request(string text, string search = "", string tools = "", string more = "") => $$"""
        {"model":"chat/model","max_tokens":1000,{{more}}"messages":[{"role":"user","content":"{{text}}"}],
         "tools":[{"type":"web_search_20250305","name":"web_search"{{search}}}{{tools}}]}
        """;

    public async Task<JsonElement> EventAsync(string keyId)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var events = (await Gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/events")).GetProperty("data");
            if (events.GetArrayLength() > 0)
                return events[0].Clone();
            await Task.Delay(25, limit.Token);
        }
    }

    private static string Catalog(string model, string search) => $$"""
        {
          "providers": { "chat": { "dialect": "openai-chat", "baseUrl": "{{model}}/v1" } },
          "search": { "service": "searxng", "baseUrl": "{{search}}", "results": 3, "timeoutMs": 2000,
                      "price": { "currency": "USD", "perSearch": 0.005 } },
          "fetch": { "networks": ["127.0.0.1/32"], "ports": [{{new Uri(search).Port}}], "timeoutMs": 2000 },
          "models": [
            { "id": "chat/model", "routes": [{ "provider": "chat", "model": "gpt-test" }], "contextTokens": 128000, "maxOutputTokens": 16000,
              "price": { "currency": "USD", "perMillion": { "input": 3, "output": 15 } } } ]
        }
        """;

    /// <summary>One answer of the model: words, and calls of tools.</summary>
    public sealed record Turn(string? Text, params (string Name, string Input)[] Calls)
    {
        /// <summary>Of every answer: 100 tokens in, 10 out.</summary>
        public Answer Answer(bool stream)
        {
            if (!stream)
            {
                var message = new JsonObject { ["role"] = "assistant", ["content"] = Text };
                if (Calls.Length > 0)
                    message["tool_calls"] = new JsonArray([.. Calls.Select((c, i) => CallOf(c, i))]);
                return Fakes.Answer.Json(new JsonObject
                {
                    ["id"] = "c1",
                    ["object"] = "chat.completion",
                    ["choices"] = new JsonArray(new JsonObject
                    {
                        ["index"] = 0,
                        ["message"] = message,
                        ["finish_reason"] = Calls.Length > 0 ? "tool_calls" : "stop",
                    }),
                    ["usage"] = JsonNode.Parse(Usage),
                }.ToJsonString());
            }

            var answer = Fakes.Answer.Sse();
            if (Text is not null)
                answer.Data(Streams.Chunk(new JsonObject { ["role"] = "assistant", ["content"] = Text }.ToJsonString()));
            for (var i = 0; i < Calls.Length; i++)
            {
                var call = CallOf(Calls[i], i);
                call["index"] = i;
                answer.Data(Streams.Chunk(new JsonObject { ["tool_calls"] = new JsonArray(call) }.ToJsonString()));
            }

            return answer.Data(Streams.Chunk("{}", Calls.Length > 0 ? "\"tool_calls\"" : "\"stop\"")).Data($$"""{"id":"c1","choices":[],"usage":{{Usage}}}""")
                .Data("[DONE]");
        }

        private const string Usage = """{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}""";

        private static JsonObject CallOf((string Name, string Input) call, int index) => new()
        {
            ["id"] = $"call_{index}_{call.Input.Length}",
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Input },
        };
    }
}
