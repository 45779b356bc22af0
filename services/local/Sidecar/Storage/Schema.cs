namespace Gateway.Local.Sidecar.Storage;

internal static class Schema
{
    private const int Version = 3;

    // Times are Unix milliseconds, except state.expires: seconds, as Dapr reports it. A delivery with ends holds several messages, whose bodies
    // stand one after another: four bytes each, little-endian, say where it ends. Keys have an index of their own: in a table that is its own index
    // (WITHOUT ROWID) the search for a key reads over the whole values that it passes.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS state (
            id INTEGER PRIMARY KEY, store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expires INTEGER,
            UNIQUE (store, key));
        CREATE INDEX IF NOT EXISTS state_expires ON state (expires) WHERE expires IS NOT NULL;
        CREATE TABLE IF NOT EXISTS deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, pubsub TEXT NOT NULL, topic TEXT NOT NULL,
            body BLOB NOT NULL, raw INTEGER NOT NULL, metadata TEXT NOT NULL, traceparent TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, expires INTEGER, ends BLOB);
        CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (app, due, id);
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
        // Version 1 had one message a row.
        if (session.Scalar("SELECT COUNT(*) FROM pragma_table_info('deliveries') WHERE name = 'ends'") == 0)
            session.Execute("ALTER TABLE deliveries ADD COLUMN ends BLOB");
        session.Execute("PRAGMA user_version = 3");
    }
}
