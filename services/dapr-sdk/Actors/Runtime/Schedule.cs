using System.Buffers;
using System.Reflection;
using System.Text.Json;
using Dapr.Actors.Wire;

namespace Dapr.Actors.Runtime;

/// <summary>Reminders and timers as the sidecar's API spells them.</summary>
internal static class Schedule
{
    private static readonly TimeSpan Once = Timeout.InfiniteTimeSpan;

    public static void Check(TimeSpan dueTime, TimeSpan period, TimeSpan? ttl)
    {
        if (dueTime < TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "The due time can't be negative.");
        if (period < Once) throw new ArgumentOutOfRangeException(nameof(period), period, "The period can't be less than -1 ms.");
        if (ttl <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(ttl), ttl, "The time to live must be positive.");
    }

    /// <exception cref="ArgumentException">The class has no such callback that takes at most one argument and returns a Task.</exception>
    public static void CheckCallback(Type actorType, string callback)
    {
        var methods = actorType.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(m => m.Name == callback).ToList();
        if (methods.Count == 0) throw new ArgumentException($"Timer callback method '{callback}' was not found on the actor '{actorType}'.", nameof(callback));
        if (methods.Count > 1) throw new ArgumentException($"Timer callback method '{callback}' of the actor '{actorType}' is overloaded.", nameof(callback));
        if (methods[0].GetParameters().Length > 1) throw new ArgumentException($"Timer callback method '{callback}' can only take 0 or 1 parameters.", nameof(callback));
        if (methods[0].ReturnType != typeof(Task)) throw new ArgumentException($"Timer callback method '{callback}' must return Task.", nameof(callback));
    }

    public static byte[] Write(ActorReminder reminder) => Write(writer =>
    {
        writer.WriteString("dueTime", DaprDuration.Format(reminder.DueTime));
        writer.WriteString("period", reminder.Repetitions is { } repetitions
            ? DaprDuration.FormatRepeated(reminder.Period, repetitions)
            : DaprDuration.Format(reminder.Period));
        writer.WriteBase64String("data", reminder.State ?? []);
        if (reminder.Ttl is { } ttl) writer.WriteString("ttl", DaprDuration.Format(ttl));
    });

    public static byte[] Write(ActorTimer timer) => Write(writer =>
    {
        writer.WriteString("dueTime", DaprDuration.Format(timer.DueTime));
        if (timer.Period >= TimeSpan.Zero) writer.WriteString("period", DaprDuration.Format(timer.Period));
        if (timer.Data is { } data) writer.WriteBase64String("data", data);
        writer.WriteString("callback", timer.TimerCallback);
        if (timer.Ttl is { } ttl) writer.WriteString("ttl", DaprDuration.Format(ttl));
    });

    public static ActorReminder ReadReminder(string actorType, ActorId actorId, string name, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var (period, repetitions) = DaprDuration.ParsePeriod(Text(root, "period"));
        TimeSpan? ttl = Text(root, "ttl") is { Length: > 0 } text ? DaprDuration.Parse(text) : null;
        return new ActorReminder(actorType, actorId, name, Data(root), Clamp(DaprDuration.Parse(Text(root, "dueTime"))), period, repetitions, ttl);
    }

    /// <exception cref="InvalidOperationException">The body is no object.</exception>
    public static (byte[] Data, TimeSpan DueTime, TimeSpan Period) ReadFiredReminder(JsonElement body)
    {
        if (!body.EnumerateObject().Any()) throw new InvalidOperationException("The reminder has no due time and no period.");
        return (Data(body), DaprDuration.Parse(Text(body, "dueTime")), DaprDuration.ParsePeriod(Text(body, "period")).Period);
    }

    /// <exception cref="ArgumentOutOfRangeException">The timer's due time is empty.</exception>
    public static (string Callback, byte[]? Data) ReadFiredTimer(JsonElement body)
    {
        Check(DaprDuration.Parse(Text(body, "dueTime")), DaprDuration.ParsePeriod(Text(body, "period")).Period, null);
        return (Text(body, "callback")!, Property(body, "data") is { ValueKind: JsonValueKind.String } data ? data.GetBytesFromBase64() : null);
    }

    private static TimeSpan Clamp(TimeSpan dueTime) => dueTime < TimeSpan.Zero ? TimeSpan.Zero : dueTime;

    private static byte[] Data(JsonElement body) =>
        Property(body, "data") is { ValueKind: not JsonValueKind.Null } data ? data.GetBytesFromBase64() : [];

    private static string? Text(JsonElement body, string name) => Property(body, name)?.GetString();

    private static JsonElement? Property(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value : null;

    private static byte[] Write(Action<Utf8JsonWriter> writeProperties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writeProperties(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
