namespace Gateway.Contracts.Names;

/// <summary>Topics on <see cref="ComponentNames.PubSub"/>; other systems subscribe to them.</summary>
public static class Topics
{
    public const string Usage = "usage";

    /// <summary>Usage events that billing could not take within the inbound retry policy.</summary>
    public const string UsageDeadLetter = "usage-dead-letter";

    /// <summary>Warnings of budgets that come to their end, notices of spent ones and of refused requests.</summary>
    public const string Quota = "quota";

    /// <summary>Notices of created, changed and revoked keys.</summary>
    public const string Keys = "keys";

    /// <summary>Every change that an admin has made.</summary>
    public const string Audit = "audit";
}
