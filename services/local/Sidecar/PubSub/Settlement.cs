using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// What is to be written down after a call, all at once: rows that are done with leave the table; messages that are to be tried again or go to
/// the dead letters become rows of their own, where they have not been that before.
/// </summary>
internal sealed class Settlement(string app)
{
    private readonly List<long> _done = [];
    private readonly List<(Message Message, long Due)> _again = [];
    private readonly List<Posting> _letters = [];

    /// <summary>When the first of them is due again, in Unix milliseconds.</summary>
    public long? Retry { get; private set; }

    public int Statements => (_done.Count > 0 ? 1 : 0) + _again.Count + _letters.Sum(l => l.Statements);

    /// <param name="due">Unix milliseconds.</param>
    public void TryAgain(Message message, long due)
    {
        _again.Add((message, due));
        Retry = Retry < due ? Retry : due;
    }

    public void DeadLetter(Posting letter) => _letters.Add(letter);

    /// <summary>Nothing of it is left to do.</summary>
    public void Done(Delivery row)
    {
        // A message by itself that is to come again stays what it is.
        if (row.Ends is not null || _again.Count == 0 || _again[^1].Message.Row.Id != row.Id)
            _done.Add(row.Id);
    }

    public int Write(Session session)
    {
        foreach (var letter in _letters)
            letter.Insert(session);
        foreach (var (message, due) in _again)
        {
            if (message.IsARow)
                DeliveryTable.Delay(session, message.Row, due);
            else
                DeliveryTable.Insert(session, app, message.Alone() with { Attempts = message.Row.Attempts + 1 }, due);
        }

        DeliveryTable.Delete(session, _done);
        return _done.Count;
    }

    /// <summary>It is on the disk: dead letters are on their way from here on.</summary>
    public void HandOver()
    {
        foreach (var letter in _letters)
            letter.HandOver();
    }
}
