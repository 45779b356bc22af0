namespace Gateway.Tests.Clouds;

/// <summary>Reads what only Linux shows of its connections.</summary>
internal sealed class FactOnLinuxAttribute : FactAttribute
{
    public FactOnLinuxAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "Linux alone shows the timers of a connection.";
    }
}
