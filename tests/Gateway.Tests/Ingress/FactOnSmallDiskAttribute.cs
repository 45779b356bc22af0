namespace Gateway.Tests.Ingress;

/// <summary>For tests that fill a disk of their own.</summary>
internal sealed class FactOnSmallDiskAttribute : FactAttribute
{
    public FactOnSmallDiskAttribute()
    {
        if (!SmallDisk.IsAllowed)
            Skip = "This machine lets this user mount no tmpfs.";
    }
}
