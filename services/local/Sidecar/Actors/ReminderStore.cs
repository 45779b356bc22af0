using Gateway.Local.Sidecar.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Local.Sidecar.Actors;

internal sealed class ReminderStore(Database database)
{
    private const string Columns = "SELECT type, actor, name, data, due_text, period_text, due, repeats, expires FROM reminders ";

    public Task<int> SaveAsync(ActorKey actor, string name, Schedule schedule) => database.WriteAsync(session => session.Execute(
        "INSERT OR REPLACE INTO reminders (type, actor, name, data, due_text, period_text, due, repeats, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        actor.Type, actor.Id, name, schedule.Data, schedule.DueText, schedule.PeriodForReading, schedule.Due.ToUnixTimeMilliseconds(), schedule.Repeats,
        schedule.Expires?.ToUnixTimeMilliseconds()));

    public Reminder? Find(ActorKey actor, string name) => database.Read(session =>
        session.Query(Columns + "WHERE type = $1 AND actor = $2 AND name = $3", Read, actor.Type, actor.Id, name).FirstOrDefault());

    public Task<int> DeleteAsync(ActorKey actor, string name) => database.WriteAsync(session =>
        session.Execute("DELETE FROM reminders WHERE type = $1 AND actor = $2 AND name = $3", actor.Type, actor.Id, name));

    public IReadOnlyList<Reminder> Due(string type, long now, int limit) => database.Read(session =>
        session.Query(Columns + "WHERE type = $1 AND due <= $2 ORDER BY due LIMIT $3", Read, type, now, limit));

    /// <summary>Unix milliseconds, or null when nothing is to come.</summary>
    public long? NextAfter(string type, long now) => database.Read(session =>
        session.Scalar("SELECT COALESCE(MIN(due), -1) FROM reminders WHERE type = $1 AND due > $2", type, now)) is >= 0 and var due ? due : null;

    /// <summary>Sets the next time, or removes it when there is none; unless the actor has registered it anew meanwhile.</summary>
    public Task<int> AdvanceAsync(Reminder fired, long? nextDue, int? repeats) => database.WriteAsync(session => nextDue is { } due
        ? session.Execute(
            "UPDATE reminders SET due = $1, repeats = $2 WHERE type = $3 AND actor = $4 AND name = $5 AND due = $6",
            due, repeats, fired.Actor.Type, fired.Actor.Id, fired.Name, fired.Due)
        : session.Execute(
            "DELETE FROM reminders WHERE type = $1 AND actor = $2 AND name = $3 AND due = $4",
            fired.Actor.Type, fired.Actor.Id, fired.Name, fired.Due));

    private static Reminder Read(SqliteDataReader row) => new(
        new ActorKey(row.GetString(0), row.GetString(1)), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4),
        row.GetString(5), row.GetInt64(6),
        row.IsDBNull(7) ? null : row.GetInt32(7), row.IsDBNull(8) ? null : row.GetInt64(8));
}
