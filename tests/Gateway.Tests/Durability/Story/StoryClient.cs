using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Durability.Story;

/// <summary>A client of the gateway and its admin.</summary>
internal sealed class StoryClient(IStoryGateway gateway) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>One request for the Messages API through one of the front doors.</summary>
    public async Task<StoryCall> CallAsync(int door, string key, bool stream, string model, string text, CancellationToken cancellation)
    {
        var asked = new { model, max_tokens = 100, stream, messages = new[] { new { role = "user", content = text } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Ingresses[door % gateway.Ingresses.Count], "/v1/messages"))
        {
            Content = new StringContent(JsonSerializer.Serialize(asked), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", key);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var id = response.Headers.TryGetValues("gateway-request-id", out var ids) ? ids.Single() : null;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        var (deltas, body, clock) = (new List<TimeSpan>(), new StringBuilder(), Stopwatch.StartNew());
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line == "event: content_block_delta")
                deltas.Add(clock.Elapsed);
            body.AppendLine(line);
        }

        var end = stream ? "event: message_stop" : "\"stop_reason\":\"end_turn\"";
        var ended = response.IsSuccessStatusCode && body.ToString().Contains(end, StringComparison.Ordinal);
        return new StoryCall((int)response.StatusCode, id, ended, deltas, body.ToString());
    }

    public async Task<(string Id, string Key)> CreateKeyAsync(object body, CancellationToken cancellation)
    {
        var created = await AdminAsync(HttpMethod.Post, "/admin/v1/keys", body, cancellation);
        return (created["id"]!.GetValue<string>(), created["key"]!.GetValue<string>());
    }

    /// <summary>Asks until billing answers: it may just be away.</summary>
    public async Task<JsonNode> AdminAsync(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, new Uri(gateway.Ingresses[0], path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.AdminKey);
            if (body is not null)
                request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
            using var response = await _http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (response.IsSuccessStatusCode)
                return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
            Assert.True((int)response.StatusCode >= 500, $"{method} {path}: {(int)response.StatusCode} {text}");
            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>Request ids of what a key's account has, page by page.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string keyId, CancellationToken cancellation)
    {
        var events = new List<string>();
        for (string? after = "0"; after is not null;)
        {
            var page = await AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/events?limit=200&after={after}", null, cancellation);
            events.AddRange(page["data"]!.AsArray().Select(e => e!["request_id"]!.GetValue<string>()));
            after = page["nextAfter"]?.GetValue<string>();
        }

        return events;
    }

    /// <summary>Puts an event on the topic, as ingress does.</summary>
    public async Task PublishAsync(string topic, JsonNode data, CancellationToken cancellation)
    {
        using var content = new StringContent(data.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(gateway.IngressSidecar, $"/v1.0/publish/pubsub/{topic}"), content, cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellation));
    }

    public void Dispose() => _http.Dispose();
}
