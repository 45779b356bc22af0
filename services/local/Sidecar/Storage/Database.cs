using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Local.Sidecar.Storage;

/// <summary>
/// The sidecar's SQLite file. One writer takes all writes that are waiting, runs each in a savepoint and commits them together,
/// so that many small writers share one flush to disk; readers run beside it on connections of their own (WAL).
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private const int MaxGroup = 256;
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly FileStream _lock;
    private readonly Session _writer;
    private readonly ConcurrentBag<Session> _readers = [];

    /// <summary>What waits to be written; also the lock that guards it and <see cref="_isClosed"/>.</summary>
    private readonly Queue<Job> _jobs = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;
    private long? _checkpointed;

    private Database(string path, TimeProvider time, FileStream fileLock, Session writer)
    {
        _path = path;
        _time = time;
        _lock = fileLock;
        _writer = writer;
    }

    /// <exception cref="SidecarStartException">The directory cannot be used, or another process uses it.</exception>
    public static Database Open(string directory, TimeProvider time)
    {
        SQLitePCL.Batteries_V2.Init();
        FileStream? fileLock = null;
        Session? writer = null;
        try
        {
            Directory.CreateDirectory(directory);
            fileLock = new FileStream(Path.Combine(directory, "sidecar.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var path = Path.Combine(directory, "sidecar.db");
            writer = new Session(path);
            writer.Execute("PRAGMA journal_mode = WAL");
            // A publish that was answered is a promise: it is on the disk, not only in the log's buffer. Group commit pays for it.
            writer.Execute("PRAGMA synchronous = FULL");
            Schema.Apply(writer);
            // What a process that was killed has left in the log: the file itself holds it from now on.
            writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            var database = new Database(path, time, fileLock, writer);
            // A thread of its own: it waits for the disk, and must get on with it however busy the pool's threads are.
            new Thread(database.Write) { Name = "sidecar writes", IsBackground = true }.Start();
            return database;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SqliteException or SidecarStartException)
        {
            writer?.Dispose();
            fileLock?.Dispose();
            throw error as SidecarStartException
                ?? new SidecarStartException($"data directory '{directory}' cannot be used (is it in use by another process?): {error.Message}", error);
        }
    }

    public T Read<T>(Func<Session, T> work)
    {
        if (!_readers.TryTake(out var session))
            session = new Session(_path);
        try
        {
            return work(session);
        }
        finally
        {
            _readers.Add(session);
        }
    }

    /// <summary>Runs <paramref name="work"/> in a transaction; what it throws undoes what it wrote and nothing else. Returns once it is on disk.</summary>
    /// <param name="work">What to write.</param>
    /// <param name="isOneStatement">SQLite itself undoes a single statement that fails.</param>
    /// <param name="committed">
    /// Called as soon as it is on disk, in the order of the writes and before the next one begins; so it must be short. What it throws the caller gets.
    /// </param>
    /// <exception cref="ObjectDisposedException">The database is being closed; nothing is written any more.</exception>
    public Task<T> WriteAsync<T>(Func<Session, T> work, bool isOneStatement = false, Action? committed = null)
    {
        var job = new Job<T>(work, isOneStatement, committed);
        lock (_jobs)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _jobs.Enqueue(job);
            if (_jobs.Count == 1)
                Monitor.Pulse(_jobs);
        }

        return job.Task;
    }

    /// <summary>What has been taken until now is written; whoever comes later is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _ended.Task;
        while (_readers.TryTake(out var session))
            session.Dispose();
        _writer.Dispose();
        await _lock.DisposeAsync();
    }

    private void Close()
    {
        lock (_jobs)
        {
            _isClosed = true;
            Monitor.Pulse(_jobs);
        }
    }

    private void Write()
    {
        var group = new List<Job>();
        try
        {
            while (WaitForWork())
            {
                group.Clear();
                WriteGroup(group);
            }
        }
        catch (Exception error)
        {
            // Nothing that a job does comes here. Whatever it is, nobody is to wait for a writer that is gone.
            Close();
            while (TryTake() is { } job)
                group.Add(job);
            foreach (var job in group)
                job.Fail(error);
        }

        _ended.TrySetResult();
    }

    /// <returns>False: closed, and all is written.</returns>
    private bool WaitForWork()
    {
        lock (_jobs)
        {
            while (_jobs.Count == 0 && !_isClosed)
                Monitor.Wait(_jobs);
            return _jobs.Count > 0;
        }
    }

    private Job? TryTake()
    {
        lock (_jobs)
            return _jobs.TryDequeue(out var job) ? job : null;
    }

    private void WriteGroup(List<Job> group)
    {
        try
        {
            _writer.Execute("BEGIN IMMEDIATE");
            while (group.Count < MaxGroup && TryTake() is { } job)
            {
                group.Add(job);
                Run(job);
            }

            _writer.Execute("COMMIT");
        }
        catch (Exception error)
        {
            // The disk is full, or the file was taken away: these writers hear of it, the next ones try anew.
            Abandon(group, error);
            return;
        }

        foreach (var job in group)
            job.Complete();
        if (_checkpointed is null || _time.GetElapsedTime(_checkpointed.Value) > CheckpointEvery)
            Checkpoint();
    }

    /// <summary>SQLite does it by itself from 4 MB of log on, which a quiet gateway may not write in months.</summary>
    private void Checkpoint()
    {
        _checkpointed = _time.GetTimestamp();
        try
        {
            _writer.Execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (SqliteException)
        {
            // The disk is full: everything is in the log, and the next one takes it over.
        }
    }

    private void Run(Job job)
    {
        if (job.IsOneStatement)
        {
            job.TryRun(_writer);
            return;
        }

        _writer.Execute("SAVEPOINT job");
        if (!job.TryRun(_writer))
            _writer.Execute("ROLLBACK TO job");
        _writer.Execute("RELEASE job");
    }

    private void Abandon(List<Job> group, Exception error)
    {
        try
        {
            _writer.Execute("ROLLBACK");
        }
        catch (Exception)
        {
            // BEGIN itself failed, or SQLite has rolled back already.
        }

        // With BEGIN refused nothing was taken: the first waiting job carries the error, so that the loop cannot spin in silence.
        if (group.Count == 0 && TryTake() is { } job)
            group.Add(job);
        foreach (var failed in group)
            failed.Fail(error);
    }

    private abstract class Job
    {
        public abstract bool IsOneStatement { get; }

        public abstract bool TryRun(Session session);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Job<T>(Func<Session, T> work, bool isOneStatement, Action? committed) : Job
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _error;
        private T _result = default!;

        public Task<T> Task => _done.Task;

        public override bool IsOneStatement => isOneStatement;

        public override bool TryRun(Session session)
        {
            try
            {
                _result = work(session);
                return true;
            }
            catch (Exception error)
            {
                _error = error;
                return false;
            }
        }

        public override void Complete()
        {
            try
            {
                if (_error is null)
                    committed?.Invoke();
            }
            catch (Exception error)
            {
                _error = error;
            }

            if (_error is null)
                _done.TrySetResult(_result);
            else
                _done.TrySetException(_error);
        }

        public override void Fail(Exception error) => _done.TrySetException(_error ?? error);
    }
}
