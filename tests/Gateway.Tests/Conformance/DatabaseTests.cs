using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.Storage;
using Gateway.Tests.Billing;
using Gateway.Tests.ProviderAdapter;

namespace Gateway.Tests.Conformance;

/// <summary>The one writer: what it groups stays apart.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class DatabaseTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO state (store, key, value, etag) VALUES ($1, $2, $3, $4)";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("sidecar-").FullName;
    private readonly ShiftedTime _time = new();
    private Database _database = null!;

    public Task InitializeAsync()
    {
        _database = Database.Open(_directory, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Failed_write_is_undone_and_those_grouped_with_it_are_kept()
    {
        using var hold = new ManualResetEventSlim();
        // While this one stands at the head of its group, the others gather behind it.
        var first = _database.WriteAsync(session =>
        {
            hold.Wait(TimeSpan.FromSeconds(10));
            return Put(session, "first");
        });
        var good = _database.WriteAsync(session => Put(session, "good"));
        var bad = _database.WriteAsync<int>(session =>
        {
            Put(session, "bad");
            throw new InvalidOperationException("no");
        });
        var last = _database.WriteAsync(session => Put(session, "last"));
        hold.Set();
        await Task.WhenAll(first, good, last).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(["first", "good", "last"], Keys());
    }

    [Fact]
    public async Task What_was_written_is_seen_by_readers_as_soon_as_the_writer_knows()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
        {
            await _database.WriteAsync(session => Put(session, "k" + i));
            Assert.Equal(1, _database.Read(session => session.Scalar("SELECT COUNT(*) FROM state WHERE store = 's' AND key = $1", "k" + i)));
        })).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(500, Keys().Count);
    }

    [Fact]
    public async Task Data_of_a_newer_version_is_left_alone()
    {
        await _database.WriteAsync(session => session.Execute("PRAGMA user_version = 99"));
        await _database.DisposeAsync();
        var error = Assert.Throws<SidecarStartException>(() => Database.Open(_directory, _time));
        Assert.Contains("newer version", error.Message);
        // It can be opened again by the one that wrote it: the refusal has left no lock behind.
        using (var session = new Session(Path.Combine(_directory, "sidecar.db")))
            session.Execute("PRAGMA user_version = 1");
        _database = Database.Open(_directory, _time);
    }

    [Fact]
    public async Task State_of_the_version_whose_table_was_its_own_index_is_kept()
    {
        await _database.DisposeAsync();
        using (var session = new Session(Path.Combine(_directory, "sidecar.db")))
        {
            session.Script("""
                DROP TABLE state;
                CREATE TABLE state (
                    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expires INTEGER,
                    PRIMARY KEY (store, key)) WITHOUT ROWID;
                CREATE INDEX state_expires ON state (expires) WHERE expires IS NOT NULL;
                INSERT INTO state VALUES ('s', 'b', x'02', 'two', 9999999999), ('s', 'a', x'01', 'one', NULL);
                PRAGMA user_version = 2;
                """);
        }

        for (var i = 0; i < 2; i++)
        {
            _database = Database.Open(_directory, _time);
            Assert.Equal([("a", 1, "one", null), ("b", 2, "two", 9999999999)], _database.Read(session => session.Query(
                "SELECT key, value, etag, expires FROM state ORDER BY key",
                row => (row.GetString(0), (int)row.GetFieldValue<byte[]>(1)[0], row.GetString(2), row.IsDBNull(3) ? (long?)null : row.GetInt64(3)))));
            Assert.Equal(4, _database.Read(session => session.Scalar("PRAGMA user_version")));
            Assert.Equal(0, _database.Read(session => session.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE sql LIKE '%state%WITHOUT ROWID%'")));
            await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => _database.WriteAsync(session => Put(session, "a")));
            if (i == 0)
                await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_called_after_a_write_may_throw_and_only_its_writer_hears()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _database.WriteAsync(session => Put(session, "kept"), committed: () => throw new InvalidOperationException("no")).WaitAsync(Limit));
        Assert.Equal("no", error.Message);
        await _database.WriteAsync(session => Put(session, "next")).WaitAsync(Limit);
        Assert.Equal(["kept", "next"], Keys());
    }

    [Fact]
    public async Task A_write_that_ends_the_transaction_fails_and_the_next_begins_its_own()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => _database.WriteAsync(session => session.Execute("ROLLBACK")).WaitAsync(Limit));
        await _database.WriteAsync(session => Put(session, "next")).WaitAsync(Limit);
        Assert.Equal(["next"], Keys());
    }

    [Fact]
    public async Task With_its_connection_gone_every_write_fails_and_none_waits_for_ever()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => _database.WriteAsync(session =>
        {
            session.Dispose();
            return 0;
        }).WaitAsync(Limit));
        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => _database.WriteAsync(session => Put(session, "k")).WaitAsync(Limit));
            Assert.IsNotType<TimeoutException>(error);
        }

        await _database.DisposeAsync().AsTask().WaitAsync(Limit);
    }

    [Fact]
    public async Task While_it_is_closed_what_was_taken_is_written_and_what_comes_is_refused_at_once()
    {
        using var hold = new ManualResetEventSlim();
        var taken = _database.WriteAsync(session =>
        {
            hold.Wait(Limit);
            return Put(session, "taken");
        });
        var behind = _database.WriteAsync(session => Put(session, "behind"));
        var closing = _database.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _database.WriteAsync(session => Put(session, "late")));
        Assert.False(closing.IsCompleted);
        hold.Set();
        await Task.WhenAll(taken, behind, closing).WaitAsync(Limit);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _database.WriteAsync(session => Put(session, "later")));
        _database = Database.Open(_directory, _time);
        Assert.Equal(["behind", "taken"], Keys());
    }

    /// <summary>A log beside the file is easily forgotten in a copy, and lost with it.</summary>
    [Fact]
    public async Task The_file_itself_holds_what_is_older_than_a_minute_and_what_a_killed_process_left_in_the_log()
    {
        await _database.WriteAsync(session => Put(session, "a"));
        await UntilFileHoldsAsync(_directory, ["a"]);
        await _database.WriteAsync(session => Put(session, "b"));
        Assert.Equal(["a"], KeysOfFile(_directory));
        _time.Advance(TimeSpan.FromSeconds(61));
        await _database.WriteAsync(session => Put(session, "c"));
        await UntilFileHoldsAsync(_directory, ["a", "b", "c"]);

        await _database.WriteAsync(session => Put(session, "d"));
        using var killed = new TemporaryDirectory("sidecar-");
        foreach (var file in Directory.EnumerateFiles(_directory, "sidecar.db*"))
            File.Copy(file, Path.Combine(killed.Path, Path.GetFileName(file)));
        Assert.Equal(["a", "b", "c"], KeysOfFile(killed.Path));
        await using (Database.Open(killed.Path, _time))
            Assert.Equal(["a", "b", "c", "d"], KeysOfFile(killed.Path));
    }

    /// <summary>The checkpoint is made behind the write that was due for it.</summary>
    private static async Task UntilFileHoldsAsync(string directory, string[] keys)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!KeysOfFile(directory).SequenceEqual(keys))
            await Task.Delay(10, limit.Token);
    }

    /// <summary>Without the log beside it.</summary>
    private static List<string> KeysOfFile(string directory)
    {
        using var copy = new TemporaryDirectory("sidecar-");
        var file = Path.Combine(copy.Path, "sidecar.db");
        File.Copy(Path.Combine(directory, "sidecar.db"), file);
        using var session = new Session(file);
        return session.Query("SELECT key FROM state ORDER BY key", row => row.GetString(0));
    }

    private static int Put(Session session, string key) => session.Execute(Insert, "s", key, new byte[] { 1 }, "e");

    private List<string> Keys() => _database.Read(session => session.Query("SELECT key FROM state ORDER BY key", row => row.GetString(0)));
}
