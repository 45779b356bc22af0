namespace Gateway.Local.Sidecar.Actors;

/// <summary>A reminder as stored.</summary>
/// <param name="Data">JSON text, or null.</param>
/// <param name="Due">Unix milliseconds.</param>
/// <param name="Repeats">How often it is still to fire; null: without end.</param>
/// <param name="Expires">Unix milliseconds; null: never.</param>
internal sealed record Reminder(ActorKey Actor, string Name, string? Data, string DueText, string PeriodText, long Due, int? Repeats, long? Expires);
