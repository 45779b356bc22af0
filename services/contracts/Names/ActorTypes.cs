namespace Gateway.Contracts.Names;

public static class ActorTypes
{
    /// <summary>One per key (and, by id prefix, per team and organisation): limits, budget, spend, usage.</summary>
    public const string Account = "Account";

    /// <summary>The one list of all keys, so that creating keys is a turn and not a race.</summary>
    public const string KeyDirectory = "KeyDirectory";
}
