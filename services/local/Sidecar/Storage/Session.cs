using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Local.Sidecar.Storage;

/// <summary>
/// One SQLite connection and its prepared statements; used by one caller at a time. Parameters are $1, $2, ... Statements that give no rows
/// are stepped without the ADO.NET objects around them, which cost more than the statement.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _queries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, sqlite3_stmt> _statements = new(StringComparer.Ordinal);

    public Session(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        Execute("PRAGMA busy_timeout = 5000");
    }

    /// <summary>The id of the row that was inserted last.</summary>
    public long LastId => raw.sqlite3_last_insert_rowid(_connection.Handle);

    /// <summary>How many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        var statement = Statement(sql);
        try
        {
            for (var i = 0; i < values.Length; i++)
                Check(Bind(statement, i + 1, values[i]));
            int result;
            do
                result = raw.sqlite3_step(statement);
            while (result == raw.SQLITE_ROW);
            if (result != raw.SQLITE_DONE)
                Check(result);
            return raw.sqlite3_changes(_connection.Handle);
        }
        finally
        {
            // What it says is what the step has said already.
            _ = raw.sqlite3_reset(statement);
            _ = raw.sqlite3_clear_bindings(statement);
        }
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    public long Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Convert.ToInt64(Command(sql, values).ExecuteScalar(), CultureInfo.InvariantCulture);

    /// <summary>Several statements, without parameters.</summary>
    public void Script(string sql) => Check(raw.sqlite3_exec(_connection.Handle, sql));

    public void Dispose()
    {
        foreach (var command in _queries.Values)
            command.Dispose();
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _connection.Dispose();
    }

    private static int Bind(sqlite3_stmt statement, int index, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, index),
        string text => raw.sqlite3_bind_text(statement, index, text),
        long number => raw.sqlite3_bind_int64(statement, index, number),
        int number => raw.sqlite3_bind_int64(statement, index, number),
        byte[] bytes => Bind(statement, index, bytes.AsSpan()),
        ReadOnlyMemory<byte> bytes => Bind(statement, index, bytes.Span),
        _ => throw new ArgumentException($"no parameter of type {value.GetType()}", nameof(value)),
    };

    // An empty one by its own name: as bytes at no address it would be NULL.
    private static int Bind(sqlite3_stmt statement, int index, ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, bytes);

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection.Handle);

    private sqlite3_stmt Statement(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement))
            return statement;
        Check(raw.sqlite3_prepare_v3(_connection.Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
        _statements.Add(sql, statement);
        return statement;
    }

    // Every statement in the callers is a constant; only its parameters vary.
    private SqliteCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        if (!_queries.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
#pragma warning disable CA2100
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i.ToString(CultureInfo.InvariantCulture) });
            _queries.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
