using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Fakes;

namespace Gateway.Tests.Durability.Story;

/// <summary>
/// What a gateway must do, whatever stands for Dapr below it, from a first request to a ledger that comes out exact after billing and its sidecar were
/// killed. The same story runs on the project's own sidecars and on real ones.
/// </summary>
internal sealed class GatewayStory(IStoryGateway gateway, FakeUpstream upstream, CancellationToken cancellation) : IDisposable
{
    private const string Native = "native/model";
    private const string Translated = "translated/model";
    private const int Pieces = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly StoryClient _client = new(gateway);

    /// <summary>A catalog of one model for each route, priced.</summary>
    public static string Catalog(string upstream) => $$"""
        {
          "default": false,
          "providers": {
            "anthropic": { "dialect": "anthropic", "baseUrl": "{{upstream}}" },
            "openai": { "dialect": "openai-chat", "baseUrl": "{{upstream}}/v1" }
          },
          "models": [
            { "id": "{{Native}}", "routes": [{ "provider": "anthropic", "model": "claude-test" }], {{Price}} },
            { "id": "{{Translated}}", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{Price}} }
          ]
        }
        """;

    private const string Price =
        """
        "contextTokens": 100000, "maxOutputTokens": 10000, "price": { "currency": "USD", "perMillion": { "input": 3, "output": 15, "cacheRead": 0.3 } }
        """;

    public async Task RunAsync()
    {
        await EventsOfAStreamArriveOneByOneAsync();
        var uncountable = await OneEventThatCannotBeCountedHoldsUpNoOtherAsync();
        await TheLedgerIsExactAfterBillingAndItsSidecarWereKilledAsync();
        await ARevokedKeyIsRefusedEverywhereWithinFiveSecondsAsync();
        await AStrictBudgetIsNotPassedOverTwoFrontDoorsAsync();
        await TheUncountableEventIsKeptAsync(uncountable);
    }

    public void Dispose() => _client.Dispose();

    private async Task EventsOfAStreamArriveOneByOneAsync()
    {
        upstream.Always(r => r.Text.Contains("slowly", StringComparison.Ordinal), SlowAnswer);
        var (id, key) = await _client.CreateKeyAsync(new { name = "reader" }, cancellation);
        var calls = new List<StoryCall>();
        foreach (var model in new[] { Native, Translated })
        {
            for (var door = 0; door < gateway.Ingresses.Count; door++)
            {
                calls.Add(await _client.CallAsync(door, key, stream: false, model, "Hello", cancellation));
                var streamed = await _client.CallAsync(door, key, stream: true, model, "slowly", cancellation);
                calls.Add(streamed);
                Assert.True(streamed.Deltas.Count >= Pieces, $"{model}: {streamed.Body}");
                // All at once would be no time between the first and the last; a late one may catch up with the next.
                var took = streamed.Deltas[^1] - streamed.Deltas[0];
                Assert.True(took > Pause * (Pieces - 2), $"{model}: {Pieces} pieces with {Pause} between them came within {took}");
            }
        }

        Assert.All(calls, c => Assert.True(c.Ended, $"{c.Status}: {c.Body}"));
        await AssertLedgerAsync(id, calls);
    }

    private async Task<string> OneEventThatCannotBeCountedHoldsUpNoOtherAsync()
    {
        var (id, key) = await _client.CreateKeyAsync(new { name = "neighbour" }, cancellation);
        var request = $"req_uncountable_{Guid.NewGuid():N}";
        await _client.PublishAsync("usage", Uncountable(request), cancellation);
        var calls = new List<StoryCall>();
        for (var i = 0; i < 20; i++)
            calls.Add(await _client.CallAsync(i, key, i % 2 == 0, i % 3 == 0 ? Translated : Native, "Hello", cancellation));
        Assert.All(calls, c => Assert.True(c.Ended, $"{c.Status}: {c.Body}"));
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(TimeSpan.FromSeconds(30));
        await AssertLedgerAsync(id, calls, soon.Token);
        return request;
    }

    private async Task TheLedgerIsExactAfterBillingAndItsSidecarWereKilledAsync()
    {
        var (plainId, plain) = await _client.CreateKeyAsync(new { name = "plain" }, cancellation);
        var budget = new { amount = 1000, period = "total", enforcement = "strict" };
        var (limitedId, limited) = await _client.CreateKeyAsync(new { name = "limited", limits = new { concurrentRequests = 100 }, budget }, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var calls = new ConcurrentDictionary<string, ConcurrentQueue<StoryCall>> { [plain] = [], [limited] = [] };
        var clients = Enumerable.Range(0, 8).Select(n => Task.Run(() => AskAsync(n, n % 2 == 0 ? plain : limited), cancellation)).ToList();

        await Task.Delay(1000, cancellation);
        await gateway.KillBillingAsync();
        await Task.Delay(2000, cancellation);
        await gateway.StartBillingAsync();
        await UntilAnsweredAsync(limited);
        await gateway.KillBillingSidecarAsync();
        await Task.Delay(1000, cancellation);
        await gateway.StartBillingSidecarAsync();
        await UntilAnsweredAsync(limited);
        await Task.Delay(1000, cancellation);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        await AssertLedgerAsync(plainId, calls[plain]);
        await AssertLedgerAsync(limitedId, calls[limited]);

        async Task AskAsync(int client, string key)
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var call = await _client.CallAsync(client + i, key, i % 2 == 0, i % 3 == 0 ? Translated : Native, "Hello", cancellation);
                calls[key].Enqueue(call);
                if (!call.Ended)
                    await Task.Delay(100, cancellation);
            }
        }

        // A key with limits needs billing, so its next whole answer says that billing is back.
        async Task UntilAnsweredAsync(string key)
        {
            var seen = calls[key].Count;
            while (!calls[key].Skip(seen).Any(c => c.Ended))
                await Task.Delay(100, cancellation);
        }
    }

    private async Task ARevokedKeyIsRefusedEverywhereWithinFiveSecondsAsync()
    {
        var (id, key) = await _client.CreateKeyAsync(new { name = "revoked" }, cancellation);
        for (var door = 0; door < gateway.Ingresses.Count; door++)
            Assert.Equal(200, (await _client.CallAsync(door, key, stream: false, Native, "Hello", cancellation)).Status);
        await _client.AdminAsync(HttpMethod.Delete, $"/admin/v1/keys/{id}", null, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(5), cancellation);
        for (var door = 0; door < gateway.Ingresses.Count; door++)
            Assert.Equal(401, (await _client.CallAsync(door, key, stream: false, Native, "Hello", cancellation)).Status);
    }

    private async Task AStrictBudgetIsNotPassedOverTwoFrontDoorsAsync()
    {
        const decimal amount = 0.02m;
        var budget = new { amount, period = "total", enforcement = "strict" };
        var (id, key) = await _client.CreateKeyAsync(new { name = "strict", budget }, cancellation);
        var (calls, refused) = (new ConcurrentQueue<StoryCall>(), 0);
        // Refusals while money is only reserved are passing; what an answer did not use is given back when it is settled.
        for (var round = 0; round < 4; round++)
        {
            var together = new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = cancellation };
            await Parallel.ForEachAsync(Enumerable.Range(0, 40), together, async (n, _) =>
            {
                var call = await _client.CallAsync(n, key, n % 2 == 0, Native, "Hello", cancellation);
                Assert.True(call.Status is 200 or 402 or 429, $"{call.Status}: {call.Body}");
                if (call.Status == 200)
                    calls.Enqueue(call);
                else
                    Interlocked.Increment(ref refused);
            });
            await AssertLedgerAsync(id, calls);
            Assert.InRange(await CostAsync(id), 0.0001m, amount);
        }

        Assert.True(refused > 0, $"{calls.Count} requests spent less than {amount}");
    }

    private async Task TheUncountableEventIsKeptAsync(string request)
    {
        while (true)
        {
            var letters = await _client.AdminAsync(HttpMethod.Get, "/admin/v1/dead-letters?limit=100", null, cancellation);
            if (letters["data"]!.AsArray().Any(l => l!["body"]!.GetValue<string>().Contains(request, StringComparison.Ordinal)))
                return;
            await Task.Delay(500, cancellation);
        }
    }

    /// <summary>Each whole answer is counted once, nothing is counted that no client asked for, and billing agrees with itself.</summary>
    private async Task AssertLedgerAsync(string keyId, IReadOnlyCollection<StoryCall> calls, CancellationToken? limit = null)
    {
        var ended = calls.Where(c => c.Ended).Select(c => c.RequestId!).ToList();
        Assert.NotEmpty(ended);
        var events = await _client.EventsAsync(keyId, limit ?? cancellation);
        while (ended.Except(events).Any())
        {
            await Task.Delay(200, limit ?? cancellation);
            events = await _client.EventsAsync(keyId, limit ?? cancellation);
        }

        Assert.Equal(events.Count, events.Distinct().Count());
        Assert.Empty(events.Except(calls.Select(c => c.RequestId)));
        var report = await _client.AdminAsync(HttpMethod.Get, $"/admin/v1/reconciliation?keyId={keyId}", null, cancellation);
        Assert.True(report["consistent"]!.GetValue<bool>(), report.ToJsonString());
    }

    private async Task<decimal> CostAsync(string keyId)
    {
        var usage = await _client.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/usage", null, cancellation);
        return decimal.Parse(usage["totals"]!["cost"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    /// <summary>It is a usage event, but names an account that there can't be.</summary>
    private static JsonObject Uncountable(string request) => new()
    {
        ["request_id"] = request,
        ["key_id"] = "key_story",
        ["accounts"] = new JsonArray(""),
        ["time"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        ["surface"] = "/v1/messages",
        ["requested_model"] = Native,
        ["model"] = Native,
        ["provider"] = "anthropic",
        ["upstream_model"] = "claude-test",
        ["stream"] = false,
        ["outcome"] = "completed",
        ["status"] = 200,
        ["usage"] = new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1 },
        ["latency_ms"] = 1,
        ["attempts"] = 1,
    };

    private static Answer SlowAnswer(RecordedRequest request)
    {
        var isNative = request.Path.EndsWith("/messages", StringComparison.Ordinal);
        var answer = Answer.Sse();
        if (isNative)
        {
            answer.Event("message_start", MessageStart)
                .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
        }

        for (var i = 0; i < Pieces; i++)
        {
            answer.Wait(Pause);
            if (isNative)
                answer.Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}""");
            else
                answer.Data(Chunk("""{"content":"word "}""", "null"));
        }

        return isNative
            ? answer.Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
                .Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":6}}""")
                .Event("message_stop", """{"type":"message_stop"}""")
            : answer.Data(Chunk("{}", "\"stop\"")).Data(LastChunk).Data("[DONE]");
    }

    private const string MessageStart =
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[],""" +
        """ "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}""";

    private const string LastChunk =
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[],""" +
        """ "usage":{"prompt_tokens":10,"completion_tokens":6,"total_tokens":16}}""";

    private static string Chunk(string delta, string finish) =>
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test",""" +
        $$""" "choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""";
}
