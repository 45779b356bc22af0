using Gateway.Local.Sidecar.Storage;

namespace Gateway.Tests.LocalSidecar;

/// <summary>What makes reminders and deliveries come in time, each once while it is under way.</summary>
public class DueQueueTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_row_whose_worker_ends_while_the_store_is_read_is_not_worked_on_again()
    {
        // Continuations run inline: when Done has returned, the worker is over to its last line.
        var done = new TaskCompletionSource();
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var working = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (looks, runs) = (0, 0);
        IReadOnlyList<string> Due(long now, int limit)
        {
            switch (Interlocked.Increment(ref looks))
            {
                case 1:
                    return ["row"];
                case 2:
                    // The store is read before the worker has written, and answers after.
                    IReadOnlyList<string> before = ["row"];
                    done.SetResult();
                    return before;
                default:
                    looked.TrySetResult();
                    return [];
            }
        }

        await using var queue = new DueQueue<string, string>(new(Due, _ => null, row => row), _ =>
        {
            Interlocked.Increment(ref runs);
            working.TrySetResult();
            return done.Task;
        }, error => Assert.Fail(error.ToString()), 4, TimeProvider.System);
        queue.Start();
        await working.Task.WaitAsync(Limit);
        queue.Wake();
        await looked.Task.WaitAsync(Limit);
        using var limit = new CancellationTokenSource(Limit);
        await queue.DrainAsync(limit.Token);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task No_more_than_the_bound_are_under_way_and_the_rest_follows()
    {
        const int bound = 3;
        var rows = Enumerable.Range(0, 20).ToHashSet();
        var (inside, most) = (0, 0);
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IReadOnlyList<int> Due(long now, int limit)
        {
            lock (rows)
                return [.. rows.Order().Take(limit)];
        }

        await using var queue = new DueQueue<int, int>(new(Due, _ => null, row => row), async row =>
        {
            lock (rows)
                most = Math.Max(most, ++inside);
            await Task.Yield();
            lock (rows)
            {
                inside--;
                Assert.True(rows.Remove(row));
                if (rows.Count == 0)
                    empty.SetResult();
            }
        }, error => empty.TrySetException(error), bound, TimeProvider.System);
        queue.Start();
        await empty.Task.WaitAsync(Limit);
        Assert.InRange(most, 1, bound);
    }
}
