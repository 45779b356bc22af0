using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Local;

namespace Gateway.Fuzz;

/// <summary>The whole gateway as it runs in one process, over its sockets, and a provider that answers what a case tells it to.</summary>
internal sealed partial class FuzzGateway : IAsyncDisposable
{
    public const string AdminKey = "gw-admin-of-the-fuzzer";
    private const string ApiKey = "gw-of-the-fuzzer";
    private const int MostAttempts = 10;

    private readonly string _directory;
    private readonly FakeUpstream _upstream;
    private readonly LocalGateway _gateway;
    private readonly ConcurrentDictionary<long, Answer> _answers = new();
    private readonly ConcurrentDictionary<string, int> _statuses = new();

    private FuzzGateway(string directory, FakeUpstream upstream, LocalGateway gateway)
    {
        _directory = directory;
        _upstream = upstream;
        _gateway = gateway;
        Client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero, UseProxy = false, UseCookies = false })
        {
            BaseAddress = new Uri(gateway.Url),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _upstream.Always(null, AnswerTo);
    }

    /// <summary>Dialects and the model of each.</summary>
    public static IReadOnlyDictionary<string, string> Models { get; } = new Dictionary<string, string>
    {
        ["anthropic"] = "fuzz/native",
        ["openai-chat"] = "fuzz/chat",
        ["openai-responses"] = "fuzz/responses",
        ["gemini"] = "fuzz/gemini",
    };

    public HttpClient Client { get; }

    public Uri Url => new(_gateway.Url);

    /// <summary>A key that has every kind of limit, none of which is reached.</summary>
    public string LimitedKey { get; private set; } = "";

    public string KeyId { get; private set; } = "";

    public string TeamId { get; private set; } = "";

    /// <summary>How often each status was the answer.</summary>
    public string Statuses => string.Join(", ", _statuses.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}: {s.Value}"));

    public static async Task<FuzzGateway> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-fuzz-").FullName;
        var upstream = await FakeUpstream.StartAsync(new FakeUpstreamOptions { Record = false, ExactWrites = false });
        var catalog = Path.Combine(directory, "catalog.json");
        await File.WriteAllTextAsync(catalog, Catalog(upstream.Url));
        var local = await LocalGateway.StartAsync(
            new LocalOptions { Urls = "http://127.0.0.1:0", Data = Path.Combine(directory, "data") }, default,
            new Dictionary<string, string>
            {
                ["GATEWAY_CATALOG"] = catalog,
                ["GATEWAY_ADMIN_KEY"] = AdminKey,
                ["GATEWAY_API_KEY"] = ApiKey,
                // No provider ever counts as down: every case gets to it.
                ["GATEWAY_BREAKER_FAILURES"] = "1000000",
            });
        var gateway = new FuzzGateway(directory, upstream, local);
        await gateway.PrepareAsync();
        return gateway;
    }

    /// <summary>What the provider answers to a request that has this case's number in it.</summary>
    public void Script(long number, Answer answer) => _answers[number] = answer;

    public void Forget(long number) => _answers.TryRemove(number, out _);

    public static string Prompt(long number) => string.Create(CultureInfo.InvariantCulture, $"fuzz-case-{number}-");

    public void Count(string what, int status) => _statuses.AddOrUpdate($"{what} {status}", 1, static (_, n) => n + 1);

    /// <summary>
    /// Sends a request. Where the server has refused it by its first line and closed the connection, the client may still be at its body and
    /// hear of the end before the answer: that is sent again, since a server that never answers it is at fault.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsByteArrayAsync(cancellation);
        for (var attempt = 1; ; attempt++)
        {
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri);
            foreach (var (name, values) in request.Headers.NonValidated)
                copy.Headers.TryAddWithoutValidation(name, values);
            if (body is not null)
            {
                copy.Content = new ByteArrayContent(body);
                foreach (var (name, values) in request.Content!.Headers.NonValidated)
                    copy.Content.Headers.TryAddWithoutValidation(name, values);
            }

            try
            {
                return await Client.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, cancellation);
            }
            catch (HttpRequestException e) when (body is { Length: > 0 } && e.InnerException is IOException && attempt < MostAttempts)
            {
                // Once more.
            }
        }
    }

    /// <summary>However a provider counts, nothing has become cheaper than nothing, and the gateway is ready for more.</summary>
    public async Task CheckAccountsAsync(CancellationToken cancellation)
    {
        using var ready = await Client.GetAsync("/healthz/ready", cancellation);
        FuzzFailure.Unless(ready.IsSuccessStatusCode, "not ready any more", await ready.Content.ReadAsStringAsync(cancellation));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key");
        request.Headers.Add("x-api-key", LimitedKey);
        using var answer = await Client.SendAsync(request, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        FuzzFailure.Unless(answer.IsSuccessStatusCode, "the key's state cannot be read", text);
        FuzzFailure.Unless(!NegativeNumber().IsMatch(text), "something is below nothing", text);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task PrepareAsync()
    {
        var limited = await MakeAsync("keys", """
            {"name":"limited","limits":{"requestsPerMinute":100000000,"inputTokensPerMinute":100000000000,"outputTokensPerMinute":100000000000,
             "concurrentRequests":1000},"budget":{"amount":1000000000,"period":"month","enforcement":"soft"}}
            """);
        LimitedKey = limited.GetProperty("key").GetString()!;
        KeyId = (await MakeAsync("keys", """{"name":"changed"}""")).GetProperty("id").GetString()!;
        TeamId = (await MakeAsync("teams", """{"name":"changed"}""")).GetProperty("id").GetString()!;
    }

    private async Task<JsonElement> MakeAsync(string what, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/" + what) { Content = content };
        request.Headers.Add("x-api-key", AdminKey);
        using var answer = await Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        FuzzFailure.Unless(answer.IsSuccessStatusCode, $"{what} could not be made", text);
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>A case's answer, else a good one, of which no reading of the request can keep it.</summary>
    private Answer AnswerTo(RecordedRequest request)
    {
        var text = Encoding.UTF8.GetString(request.Body.Span);
        if (CaseNumber().Match(text) is { Success: true } found
            && long.TryParse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var number) && _answers.TryGetValue(number, out var scripted))
            return scripted;
        var stream = request.Path.Contains("stream", StringComparison.Ordinal) || AsksForStream().IsMatch(text);
        if (request.Path.EndsWith("/count_tokens", StringComparison.Ordinal) || request.Path.EndsWith("countTokens", StringComparison.Ordinal))
            return Answer.Json("""{"input_tokens":7,"totalTokens":7}""");
        var dialect = request.Path.EndsWith("/messages", StringComparison.Ordinal) ? "anthropic"
            : request.Path.EndsWith("/responses", StringComparison.Ordinal) ? "openai-responses"
            : request.Path.Contains("enerateContent", StringComparison.Ordinal) ? "gemini"
            : "openai-chat";
        return GoodAnswers.Of(dialect, stream);
    }

    private static string Catalog(string url) => $$"""
        {
          "default": false,
          "providers": {
            "anthropic": { "dialect": "anthropic", "baseUrl": "{{url}}", {{Times}} },
            "openai": { "dialect": "openai-chat", "baseUrl": "{{url}}/v1", {{Times}} },
            "openai-responses": { "dialect": "openai-responses", "descriptor": "openai", "baseUrl": "{{url}}/v1", {{Times}} },
            "gemini": { "dialect": "gemini", "baseUrl": "{{url}}/v1beta", {{Times}} }
          },
          "models": [
            { "id": "fuzz/native", "routes": [{ "provider": "anthropic", "model": "claude-fuzz" }], {{More}} },
            { "id": "fuzz/chat", "routes": [{ "provider": "openai", "model": "gpt-fuzz" }], {{More}} },
            { "id": "fuzz/responses", "routes": [{ "provider": "openai-responses", "model": "gpt-fuzz" }], {{More}} },
            { "id": "fuzz/gemini", "routes": [{ "provider": "gemini", "model": "gemini-fuzz" }], {{More}} }
          ]
        }
        """;

    private const string Times = "\"timeouts\": { \"firstByteMs\": 4000, \"idleMs\": 2000 }";

    private const string More =
        "\"contextTokens\": 200000, \"maxOutputTokens\": 64000, \"price\": { \"currency\": \"USD\", "
        + "\"perMillion\": { \"input\": 3, \"output\": 15, \"cacheRead\": 0.3, \"cacheWrite5m\": 3.75, \"cacheWrite1h\": 6 } }";

    [GeneratedRegex("fuzz-case-([0-9]+)-")]
    private static partial Regex CaseNumber();

    [GeneratedRegex("\"stream\"\\s*:\\s*true")]
    private static partial Regex AsksForStream();

    [GeneratedRegex("[:\\[,\"]-[0-9]")]
    private static partial Regex NegativeNumber();
}
