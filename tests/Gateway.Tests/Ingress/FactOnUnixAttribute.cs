namespace Gateway.Tests.Ingress;

/// <summary>For tests of the rights of files.</summary>
internal sealed class FactOnUnixAttribute : FactAttribute
{
    public FactOnUnixAttribute()
    {
        if (OperatingSystem.IsWindows())
            Skip = "Windows has other rights.";
    }
}
