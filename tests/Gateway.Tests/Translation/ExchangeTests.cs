using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Translation;

/// <summary>Every folder under <c>tests/fixtures/exchanges</c>, in each of its modes, through the whole gateway.</summary>
public sealed class ExchangeTests(ExchangeGateway shared) : IClassFixture<ExchangeGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var (name, mode) in Exchange.All())
                names.Add(name, mode);
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_client_gets_what_is_expected_and_so_does_the_provider(string name, string mode)
    {
        var exchange = shared.Exchanges[(name, mode)];
        var expected = exchange.Expected["turns"]!.AsArray();
        Assert.Equal(exchange.Turns.Count, expected.Count);
        var (id, key) = await _gateway.CreateKeyAsync();
        JsonObject? answer = null;
        var paid = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            exchange.Turn = i + 1;
            var turn = exchange.Turns[i];
            if (!Exchange.Path(turn).EndsWith("/count_tokens", StringComparison.Ordinal))
                paid++;
            answer = await TakeAsync(exchange, turn, Of(expected[i]!.AsObject(), mode), answer, key);
        }

        Assert.Empty(exchange.Unexpected);
        var usage = await _gateway.UsageAsync(id, paid);
        if (Of(exchange.Expected, mode)["usage"] is { } used)
            Assert.Null(Subset.Difference(used, JsonNode.Parse(usage.GetRawText()), "usage"));
    }

    /// <summary>What a mode says of itself stands before what is said for both.</summary>
    private static JsonObject Of(JsonObject expected, string mode)
    {
        var merged = expected.DeepClone().AsObject();
        foreach (var (name, value) in expected[mode]?.AsObject() ?? [])
            merged[name] = value?.DeepClone();
        return merged;
    }

    private async Task<JsonObject?> TakeAsync(Exchange exchange, JsonObject turn, JsonObject expected, JsonObject? before, string key)
    {
        var seen = _gateway.Upstream.Requests.Count(exchange.IsOurs);
        using var request = TestGateway.Post(Exchange.Path(turn), exchange.Body(turn, before), key);
        request.Headers.Add("anthropic-version", "2023-06-01");
        foreach (var (name, value) in turn["headers"]?.AsObject() ?? [])
            request.Headers.TryAddWithoutValidation(name, value!.GetValue<string>());
        using var response = await _gateway.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var told = $"{(int)response.StatusCode} {text}";
        Assert.True((expected["status"]?.GetValue<int>() ?? 200) == (int)response.StatusCode, told);
        foreach (var (name, value) in expected["headers"]?.AsObject() ?? [])
        {
            var header = response.Headers.TryGetValues(name, out var values) ? JsonValue.Create(string.Join(", ", values)) : null;
            Same(value, header, name, told);
        }

        foreach (var never in expected["never"]?.AsArray() ?? [])
            Assert.DoesNotContain(never!.GetValue<string>(), text + response.Headers, StringComparison.OrdinalIgnoreCase);
        var calls = _gateway.Upstream.Requests.Where(exchange.IsOurs).Skip(seen).ToList();
        if (expected["calls"] is JsonArray conditions)
        {
            Assert.True(conditions.Count == calls.Count, $"{calls.Count} calls\n{string.Join('\n', calls.Select(c => c.Path + " " + c.Text))}");
            foreach (var (call, condition) in calls.Zip(conditions.Select(Condition.Parse)))
                Assert.True(condition.Holds(call, exchange.Turn), $"{condition}\ndoes not hold of {call.Path} {call.Text}");
        }

        var streamed = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var asked = exchange.Stream && !Exchange.Path(turn).EndsWith("/count_tokens", StringComparison.Ordinal);
        Assert.True(streamed == (asked && response.IsSuccessStatusCode), told);
        var answer = streamed ? StreamGrammar.Check(text) : JsonNode.Parse(text)!.AsObject();
        if (expected["error"] is { } error)
        {
            var envelope = streamed ? LastEvent(text) : answer;
            Assert.Equal("error", envelope!["type"]!.GetValue<string>());
            Same(error, envelope["error"], "error", told);
            if (!streamed)
                Assert.NotNull(envelope["request_id"]);
            return null;
        }

        Assert.True(answer is not null, told);
        if (expected["message"] is { } message)
        {
            Assert.Equal("message", answer["type"]!.GetValue<string>());
            Assert.NotNull(answer["usage"]);
            Same(message, answer, "message", told);
        }

        if (expected["body"] is { } body)
            Same(body, answer, "body", told);
        return answer;
    }

    private static JsonObject LastEvent(string stream) =>
        JsonNode.Parse(stream.TrimEnd('\n').Split('\n')[^1]["data: ".Length..], documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!.AsObject();

    private static void Same(JsonNode? expected, JsonNode? actual, string place, string told)
    {
        var difference = Subset.Difference(expected, actual, place);
        Assert.True(difference is null, $"{difference}\n{told}");
    }
}
