using System.Threading.Channels;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// daprd's default bulk subscriber, with its faults (seen on 1.17.13): one loop that gathers a batch, hands it to the app and waits for the whole
/// inbound retry before the next. One event that is to be tried again holds up all others, and the dead letters of its own batch.
/// </summary>
internal sealed class BulkLoop
{
    private readonly Channel<Held> _incoming = Channel.CreateUnbounded<Held>();
    private readonly TopicSubscription _subscription;
    private readonly EventPost _post;
    private readonly RetryPolicy? _retry;
    private readonly TimeProvider _time;

    public BulkLoop(TopicSubscription subscription, EventPost post, RetryPolicy? retry, TimeProvider time, Action<Exception> panic, CancellationToken life)
    {
        _subscription = subscription;
        _post = post;
        _retry = retry;
        _time = time;
        _ = Task.Run(() => RunAsync(panic, life), CancellationToken.None);
    }

    /// <summary>Completes with its batch; never, if the subscription ends before.</summary>
    public Task<DeliveryOutcome> HandAsync(Delivery row)
    {
        var held = new Held(row, new TaskCompletionSource<DeliveryOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
        _incoming.Writer.TryWrite(held);
        return held.Done.Task;
    }

    private async Task RunAsync(Action<Exception> panic, CancellationToken life)
    {
        try
        {
            while (await GatherAsync(life) is var batch)
                await DeliverAsync(batch, life);
        }
        catch (OperationCanceledException)
        {
            // The subscription has ended.
        }
        catch (Exception error)
        {
            panic(error);
        }
    }

    private async Task<List<Held>> GatherAsync(CancellationToken life)
    {
        List<Held> batch = [await _incoming.Reader.ReadAsync(life)];
        using var limit = new CancellationTokenSource(_subscription.MaxAwait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(life, limit.Token);
        try
        {
            while (batch.Count < _subscription.MaxBulk)
                batch.Add(await _incoming.Reader.ReadAsync(either.Token));
        }
        catch (OperationCanceledException) when (!life.IsCancellationRequested)
        {
            // No more for this batch.
        }

        return batch;
    }

    private async Task DeliverAsync(List<Held> batch, CancellationToken life)
    {
        var outcomes = new DeliveryOutcome[batch.Count];
        List<int> open = [.. Enumerable.Range(0, batch.Count)];
        var first = _time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var answers = await _post.PostAsync([.. open.Select(i => batch[i].Row)], _subscription, life);
            for (var i = 0; i < answers.Length; i++)
            {
                // daprd looks for it in a list that holds the entries of this try only.
                if (tries > 1 && answers[i] == DeliveryOutcome.Drop)
                    throw new InvalidOperationException("panic: runtime error: index out of range: DROP for an entry of a bulk that was answered RETRY before");
                outcomes[open[i]] = answers[i];
            }

            open.RemoveAll(i => outcomes[i] != DeliveryOutcome.Retry);
            if (open.Count == 0 || _retry?.NextWait(tries, _time.GetElapsedTime(first)) is not { } wait)
                break;
            await Task.Delay(wait, _time, life);
        }

        for (var i = 0; i < batch.Count; i++)
            batch[i].Done.TrySetResult(outcomes[i]);
    }

    private readonly record struct Held(Delivery Row, TaskCompletionSource<DeliveryOutcome> Done);
}
