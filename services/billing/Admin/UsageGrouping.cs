namespace Gateway.Billing.Admin;

/// <summary>What a usage report is grouped by: any of these together, as in <c>groupBy=day,model</c>.</summary>
[Flags]
internal enum UsageGrouping
{
    None = 0,
    Key = 1,
    Team = 2,
    Organization = 4,
    Model = 8,
    Provider = 16,
    Day = 32,
    Hour = 64,
    User = 128,
    Session = 256,
    Agent = 512,
    RequestClass = 1024,
    Tag = 2048,
}
