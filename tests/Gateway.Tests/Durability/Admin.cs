using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>The admin API of a gateway that may be away for a moment.</summary>
internal sealed class Admin(Func<string> url) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        Timeout = TestGateway.Timeout,
        DefaultRequestHeaders = { { "Authorization", $"Bearer {TestGateway.AdminKey}" } },
    };

    public Task<JsonElement> GetAsync(string path) => SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url() + path));

    public Task<JsonElement> PostAsync(string path, object? body = null) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Post, url() + path) { Content = body is null ? null : JsonContent.Create(body) });

    public async Task<(string Id, string Key)> CreateKeyAsync(object body)
    {
        var created = await PostAsync("/admin/v1/keys", body);
        return (created.GetProperty("id").GetString()!, created.GetProperty("key").GetString()!);
    }

    /// <summary>All events of a key, page by page.</summary>
    public async Task<List<JsonElement>> EventsAsync(string keyId)
    {
        var events = new List<JsonElement>();
        for (string? after = "0"; after is not null;)
        {
            var page = await GetAsync($"/admin/v1/keys/{keyId}/events?limit=200&after={after}");
            events.AddRange(page.GetProperty("data").EnumerateArray());
            after = page.TryGetProperty("nextAfter", out var next) ? next.GetString() : null;
        }

        return events;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(Func<HttpRequestMessage> make)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            using var request = make();
            try
            {
                using var response = await _http.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                if (response.IsSuccessStatusCode)
                    return JsonDocument.Parse(text).RootElement.Clone();
                Assert.False(
                    limit.IsCancellationRequested || (int)response.StatusCode < 500,
                    $"{request.Method} {request.RequestUri}: {(int)response.StatusCode} {text}");
            }
            catch (HttpRequestException) when (!limit.IsCancellationRequested)
            {
                // Being restarted.
            }

            await Task.Delay(100);
        }
    }
}
