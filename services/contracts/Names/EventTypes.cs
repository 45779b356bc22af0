namespace Gateway.Contracts.Names;

/// <summary>CloudEvents <c>type</c> values.</summary>
public static class EventTypes
{
    public const string UsageRecorded = "gateway.usage.recorded.v1";
}
