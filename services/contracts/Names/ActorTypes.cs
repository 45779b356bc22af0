namespace Gateway.Contracts.Names;

public static class ActorTypes
{
    /// <summary>One per key (and, by id prefix, per team, organisation and rule): limits, budget, spend, usage.</summary>
    public const string Account = "Account";

    /// <summary>One per rule that counts each value by itself: which values have an account.</summary>
    public const string Rule = "Rule";

    /// <summary>The one list of all keys, teams and organisations, so that changing them is a turn and not a race.</summary>
    public const string KeyDirectory = "KeyDirectory";

    /// <summary>One per UTC day: which accounts have usage on it.</summary>
    public const string UsageIndex = "UsageIndex";

    /// <summary>A part of all events, in the order in which they were counted.</summary>
    public const string EventFeed = "EventFeed";

    /// <summary>One per code that somebody is asked to type in, for as long as it holds: a device that waits to be signed in.</summary>
    public const string DeviceSignIn = "DeviceSignIn";

    /// <summary>One per device that is signed in: what its tokens are issued by, until it ends.</summary>
    public const string Session = "Session";

    /// <summary>The events that are not of usage, in one order.</summary>
    public const string Notices = "Notices";

    /// <summary>One per webhook: how far it is.</summary>
    public const string Webhook = "Webhook";

    /// <summary>Events that could not be taken, kept until they are replayed.</summary>
    public const string DeadLetters = "DeadLetters";
}
