using System.Buffers.Binary;
using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar.Storage;

internal static class Schema
{
    private const int Version = 4;

    // Times are Unix milliseconds, except state.expires: seconds, as Dapr reports it. Keys have an index of their own: in a table that is its own index
    // (WITHOUT ROWID) the search for a key reads over the whole values that it passes.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS state (
            id INTEGER PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expires INTEGER,
            UNIQUE (store, key));
        CREATE INDEX IF NOT EXISTS state_expires ON state (expires) WHERE expires IS NOT NULL;
        CREATE TABLE IF NOT EXISTS messages (
            id INTEGER PRIMARY KEY, app TEXT NOT NULL, pubsub TEXT NOT NULL, topic TEXT NOT NULL,
            body BLOB NOT NULL, metadata TEXT NOT NULL, traceparent TEXT NOT NULL, expires INTEGER);
        CREATE TABLE IF NOT EXISTS reminders (
            type TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, data TEXT, due_text TEXT NOT NULL, period_text TEXT NOT NULL,
            due INTEGER NOT NULL, repeats INTEGER, expires INTEGER,
            PRIMARY KEY (type, actor, name)) WITHOUT ROWID;
        """;

    public static void Apply(Session session)
    {
        var found = session.Scalar("PRAGMA user_version");
        if (found > Version)
            throw new SidecarStartException($"the data directory was written by a newer version (schema {found}, this one knows {Version})");
        // Asked of the tables and not of the version, so that a crash in between does no harm. Up to version 2 the state was its own index.
        var isOwnIndex = session.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = 'state' AND sql LIKE '%WITHOUT ROWID%'") > 0;
        if (isOwnIndex)
            session.Script("BEGIN; DROP INDEX IF EXISTS state_expires; ALTER TABLE state RENAME TO state_2;");
        session.Script(Tables);
        if (isOwnIndex)
            session.Script(
                "INSERT INTO state (store, key, value, etag, expires) SELECT store, key, value, etag, expires FROM state_2; DROP TABLE state_2; COMMIT;");
        if (session.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = 'deliveries'") > 0)
            TakeOverDeliveries(session);
        session.Execute("PRAGMA user_version = 4");
    }

    /// <summary>
    /// Up to version 3 a row could hold several messages, whose bodies stood one after another: four bytes each, little-endian, said where one ends.
    /// Version 1 had no such column.
    /// </summary>
    private static void TakeOverDeliveries(Session session)
    {
        session.Script("BEGIN");
        var ends = session.Scalar("SELECT COUNT(*) FROM pragma_table_info('deliveries') WHERE name = 'ends'") > 0 ? "ends" : "NULL";
        var rows = session.Query(
            $"SELECT app, pubsub, topic, body, metadata, traceparent, expires, {ends} FROM deliveries ORDER BY id",
            row => (App: row.GetString(0), Body: row.GetFieldValue<byte[]>(3), Ends: row.IsDBNull(7) ? null : row.GetFieldValue<byte[]>(7),
                Row: new Delivery(0, row.GetString(1), row.GetString(2), [], row.GetString(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetInt64(6))));
        long id = 0;
        foreach (var old in rows)
        {
            var start = 0;
            for (var i = 0; i < (old.Ends?.Length ?? sizeof(int)); i += sizeof(int))
            {
                var end = old.Ends is null ? old.Body.Length : BinaryPrimitives.ReadInt32LittleEndian(old.Ends.AsSpan(i));
                DeliveryTable.Insert(session, old.App, old.Row with { Id = ++id, Body = old.Body[start..end] });
                start = end;
            }
        }

        session.Script("DROP TABLE deliveries; COMMIT;");
    }
}
