namespace Gateway.Contracts.Names;

public static class ActorTypes
{
    /// <summary>One per key (and, by id prefix, per team and organisation): limits, budget, spend, usage.</summary>
    public const string Account = "Account";

    /// <summary>The one list of all keys, teams and organisations, so that changing them is a turn and not a race.</summary>
    public const string KeyDirectory = "KeyDirectory";

    /// <summary>One per UTC day: which accounts have usage on it.</summary>
    public const string UsageIndex = "UsageIndex";

    /// <summary>A part of all events, in the order in which they were counted.</summary>
    public const string EventFeed = "EventFeed";

    /// <summary>Events that could not be taken, kept until they are replayed.</summary>
    public const string DeadLetters = "DeadLetters";
}
