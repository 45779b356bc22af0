using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>Clients that go on asking, streamed and whole, over both routes, whatever becomes of the gateway, and note what they saw.</summary>
internal sealed class Clients : IDisposable
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>A request that has not ended by then hangs, whatever is being done to the gateway.</summary>
    private static readonly TimeSpan Patience = TestGateway.Timeout;

    private readonly ConcurrentQueue<Call> _calls = new();
    private readonly List<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();

    // A connection a call: one that is used again may hide a repeated request.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = Timeout.InfiniteTimeSpan };
    private int _last;

    /// <summary>What a request may use; money is reserved for as much.</summary>
    public int MaxTokens { get; init; } = 100;

    public IReadOnlyList<Call> Calls => [.. _calls];

    /// <summary>So many clients with this key.</summary>
    public void Run(int count, Func<string> url, string keyId, string key)
    {
        for (var i = 0; i < count; i++)
            _running.Add(Task.Run(() => LoopAsync(url, keyId, key)));
    }

    /// <summary>Until one has seen the end of an answer with each of these keys: before that there is nothing to count.</summary>
    public async Task UntilEndedAsync(params string[] keyIds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!keyIds.All(id => _calls.Any(c => c.KeyId == id && c.Ended)))
            await Task.Delay(20, limit.Token);
    }

    /// <summary>No further calls; those under way come to their end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(2 * Patience);
    }

    public async Task<Call> CallAsync(string url, string keyId, string key, bool? streamed = null)
    {
        var call = new Call(Interlocked.Increment(ref _last), keyId);
        _calls.Enqueue(call);
        var stream = streamed ?? call.Number % 3 > 0;
        var model = call.Number % 2 == 0 ? "native/model-4.5" : "translated/model";
        using var request = TestGateway.Messages(model, stream, Numbered.Prompt(call.Number), key, url + "/v1/messages", MaxTokens);
        using var limit = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            call.RequestId = response.Headers.TryGetValues(GatewayHeaders.RequestId, out var ids) ? ids.Single() : null;
            call.Status = (int)response.StatusCode;
            using var body = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
            var buffer = new char[4096];
            int read;
            while ((read = await body.ReadAsync(buffer, limit.Token)) > 0)
                text.Append(buffer, 0, read);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The gateway is gone. What came before may be a whole answer all the same.
        }
        catch (OperationCanceledException)
        {
            call.Hung = true;
        }

        call.Ended = call.Status == 200
            && (
                stream
                    ? text.ToString().Contains("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", StringComparison.Ordinal)
                    : IsJson(text.ToString()));
        return call;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync(Func<string> url, string keyId, string key)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (!(await CallAsync(url(), keyId, key)).Ended)
                await Task.Delay(AfterFailure);
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
