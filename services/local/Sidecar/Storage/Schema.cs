namespace Gateway.Local.Sidecar.Storage;

internal static class Schema
{
    private const int Version = 2;

    // Times are Unix milliseconds, except state.expires: seconds, as Dapr reports it. A delivery with ends holds several messages, whose bodies
    // stand one after another: four bytes each, little-endian, say where it ends.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS state (
            store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expires INTEGER,
            PRIMARY KEY (store, key)) WITHOUT ROWID;
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
        session.Script(Tables);
        // Version 1 had one message a row. Asked of the table and not of the version, so that a crash between the two does no harm.
        if (session.Scalar("SELECT COUNT(*) FROM pragma_table_info('deliveries') WHERE name = 'ends'") == 0)
            session.Execute("ALTER TABLE deliveries ADD COLUMN ends BLOB");
        session.Execute("PRAGMA user_version = 2");
    }
}
