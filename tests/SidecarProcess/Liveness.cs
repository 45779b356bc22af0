using System.Collections.Concurrent;

namespace Gateway.Tests.SidecarProcess;

/// <summary>Which replicas answer, as Dapr's health checks and name resolution know it: a moment late.</summary>
internal sealed class Liveness(IReadOnlyList<Replica> replicas, HttpMessageInvoker http)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(700);

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _alive = new(StringComparer.Ordinal);
    private int _turn;

    /// <summary>Called with a replica that does not answer any more, which is not taken for alive again before this completes.</summary>
    public Func<Replica, Task>? Died { get; set; }

    public void Start()
    {
        foreach (var replica in replicas)
            _ = Task.Run(() => WatchAsync(replica));
    }

    public IReadOnlyList<Replica> Alive(string app) => [.. replicas.Where(r => r.App == app && _alive.ContainsKey(r.Name))];

    /// <summary>The next of those alive; null when there is none.</summary>
    public Replica? Next(string app) => Alive(app) is { Count: > 0 } alive ? alive[(int)((uint)Interlocked.Increment(ref _turn) % alive.Count)] : null;

    /// <summary>Cancelled when it does not answer any more.</summary>
    public CancellationToken UntilDead(Replica replica) => _alive.TryGetValue(replica.Name, out var alive) ? alive.Token : new CancellationToken(true);

    private async Task WatchAsync(Replica replica)
    {
        var address = new Uri($"http://127.0.0.1:{replica.Inbound}/healthz/live");
        var leaving = Task.CompletedTask;
        while (true)
        {
            if (await AnswersAsync(address) && leaving.IsCompleted)
            {
                _alive.TryAdd(replica.Name, new CancellationTokenSource());
            }
            else if (_alive.TryRemove(replica.Name, out var alive))
            {
                await alive.CancelAsync();
                leaving = Died?.Invoke(replica) ?? Task.CompletedTask;
            }

            await Task.Delay(Interval);
        }
    }

    private async Task<bool> AnswersAsync(Uri address)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var answer = await http.SendAsync(request, limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
