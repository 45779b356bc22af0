namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The messages of one subscription that wait in memory.</summary>
/// <param name="subscription">Null: nobody wants them any more.</param>
internal sealed class Lane(TopicSubscription? subscription)
{
    private const int MaxUnwanted = 512;

    private readonly Queue<Delivery> _rows = new();

    /// <summary>They have been under way before, and so come before all others.</summary>
    private readonly PriorityQueue<Message, (long, int)> _returned = new();

    /// <summary>How many of the first row's messages are under way or done.</summary>
    private int _taken;

    public TopicSubscription? Subscription => subscription;

    /// <summary>Messages.</summary>
    public int Waiting { get; private set; }

    public int Calls { get; set; }

    /// <summary>Few at a time in bulk, so that what comes meanwhile gathers.</summary>
    public int MaxCalls => subscription?.MaxBulk is null ? 16 : 2;

    private int MaxBatch => subscription is null ? MaxUnwanted : subscription.MaxBulk ?? 1;

    public void Add(Delivery row)
    {
        _rows.Enqueue(row);
        Waiting += row.Count;
    }

    public void PutBack(List<Message> messages)
    {
        foreach (var message in messages)
            _returned.Enqueue(message, (message.Row.Name, message.Index));
        Waiting += messages.Count;
    }

    /// <summary>What the next call brings; empty: nothing waits. A row is cut in two only where it is longer than a call.</summary>
    public List<Message> Take()
    {
        var batch = new List<Message>(Math.Min(Waiting, MaxBatch));
        while (batch.Count < MaxBatch && _returned.TryDequeue(out var message, out _))
            batch.Add(message);
        while (batch.Count < MaxBatch && _rows.TryPeek(out var row))
        {
            var left = row.Count - _taken;
            if (batch.Count > 0 && left > MaxBatch - batch.Count && left <= MaxBatch)
                break;
            for (; _taken < row.Count && batch.Count < MaxBatch; _taken++)
                batch.Add(new Message(row, _taken));
            if (_taken < row.Count)
                break;
            _rows.Dequeue();
            _taken = 0;
        }

        Waiting -= batch.Count;
        return batch;
    }
}
