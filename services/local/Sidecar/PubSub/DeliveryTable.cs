using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The messages that no app has taken yet, as they are in the database. A row never changes but for whose it is.</summary>
internal static class DeliveryTable
{
    public static void Insert(Session session, string app, Delivery row) => session.Execute(
        "INSERT INTO messages (id, app, pubsub, topic, body, metadata, traceparent, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.Id, app, row.PubSub, row.Topic, row.Body, row.Metadata, row.Traceparent, row.Expires);

    /// <summary>In the order in which they were published.</summary>
    public static List<Delivery> After(Session session, string app, string pubSub, long id, int limit) => session.Query(
        "SELECT id, topic, body, metadata, traceparent, expires FROM messages WHERE id > $1 AND app = $2 AND pubsub = $3 ORDER BY id LIMIT $4",
        row => new Delivery(
            row.GetInt64(0), pubSub, row.GetString(1), row.GetFieldValue<byte[]>(2), row.GetString(3), row.GetString(4),
            row.IsDBNull(5) ? null : row.GetInt64(5)),
        id, app, pubSub, limit);

    /// <summary>One statement, however many they are.</summary>
    public static void Delete(Session session, List<long> ids)
    {
        if (ids.Count == 1)
            session.Execute("DELETE FROM messages WHERE id = $1", ids[0]);
        else if (ids.Count > 1)
            session.Execute("DELETE FROM messages WHERE id IN (SELECT value FROM json_each($1))", $"[{string.Join(',', ids)}]");
    }
}
