using System.Buffers.Binary;
using Gateway.Local.Sidecar.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The messages that are on their way, as they are in the database. A row that failed has a time when it is due again, a fresh one has none.</summary>
internal static class DeliveryTable
{
    /// <summary>Of a row that is in memory already: due for nobody before the next start, which makes it a fresh one.</summary>
    public const long Held = long.MaxValue;

    private const string Columns = "SELECT id, pubsub, topic, body, ends, raw, metadata, traceparent, attempts, expires FROM deliveries WHERE app = $1 AND ";

    /// <summary>The row as it is in the table now.</summary>
    public static Delivery Insert(Session session, string app, Delivery row, long due = 0)
    {
        session.Execute(
            "INSERT INTO deliveries (app, pubsub, topic, body, ends, raw, metadata, traceparent, attempts, due, expires) VALUES ($1, $2, $3, $4, $5, $6, "
            + "$7, $8, $9, $10, $11)",
            app, row.PubSub, row.Topic, row.Body, row.Ends is null ? null : Bytes(row.Ends), row.IsRaw ? 1 : 0, row.Metadata, row.Traceparent,
            row.Attempts, due, row.Expires);
        return row with { Id = session.LastId };
    }

    /// <summary>In the order in which they were published.</summary>
    public static List<Delivery> Fresh(Session session, string app, long after, int limit) =>
        session.Query(Columns + "due = 0 AND id > $2 ORDER BY id LIMIT $3", Read, app, after, limit);

    public static List<Delivery> Due(Session session, string app, long now, int limit) =>
        session.Query(Columns + "due > 0 AND due <= $2 ORDER BY due, id LIMIT $3", Read, app, now, limit);

    /// <summary>When the first of those that are not yet due will be; null: there is none.</summary>
    public static long? NextDue(Session session, string app, long now) =>
        session.Scalar("SELECT COALESCE(MIN(due), -1) FROM deliveries WHERE app = $1 AND due > $2 AND due < $3", app, now, Held) is >= 0 and var due
            ? due
            : null;

    /// <summary>What a former run held is fresh for this one.</summary>
    public static void Release(Session session, string app) => session.Execute("UPDATE deliveries SET due = 0 WHERE app = $1 AND due = $2", app, Held);

    public static void Delay(Session session, Delivery row, long due) =>
        session.Execute("UPDATE deliveries SET attempts = $1, due = $2 WHERE id = $3", row.Attempts + 1, due, row.Id);

    /// <summary>One statement, however many they are.</summary>
    public static void Delete(Session session, List<long> ids)
    {
        if (ids.Count == 1)
            session.Execute("DELETE FROM deliveries WHERE id = $1", ids[0]);
        else if (ids.Count > 1)
            session.Execute("DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each($1))", $"[{string.Join(',', ids)}]");
    }

    private static Delivery Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetFieldValue<byte[]>(3),
        row.IsDBNull(4) ? null : Ends(row.GetFieldValue<byte[]>(4)), row.GetInt64(5) != 0,
        row.GetString(6), row.GetString(7), row.GetInt32(8), row.IsDBNull(9) ? null : row.GetInt64(9));

    private static byte[] Bytes(int[] ends)
    {
        var bytes = new byte[ends.Length * sizeof(int)];
        for (var i = 0; i < ends.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ends[i]);
        return bytes;
    }

    private static int[] Ends(byte[] bytes)
    {
        var ends = new int[bytes.Length / sizeof(int)];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(int)));
        return ends;
    }
}
