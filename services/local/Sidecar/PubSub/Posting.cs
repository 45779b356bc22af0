using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Rows on their way into the database, for each app that wants them; and from there, once they are on the disk, to the pumps.</summary>
internal sealed class Posting(IReadOnlyList<Delivery> rows, IReadOnlyList<Posting.Target> targets)
{
    private readonly List<(DeliveryPump Pump, Delivery Row)> _offers = new(rows.Count);

    public int Statements => rows.Count * targets.Count;

    public int Insert(Session session)
    {
        foreach (var row in rows)
        {
            foreach (var target in targets)
            {
                var stored = DeliveryTable.Insert(session, target.App, row);
                if (target.Pump is not null)
                    _offers.Add((target.Pump, stored));
            }
        }

        return rows.Count;
    }

    public void HandOver()
    {
        foreach (var (pump, row) in _offers)
            pump.Offer(row);
    }

    /// <param name="Pump">Null: the app has not yet said what it wants, or there is none.</param>
    internal sealed record Target(string App, DeliveryPump? Pump);
}
