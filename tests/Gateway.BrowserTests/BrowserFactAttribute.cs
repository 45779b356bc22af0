namespace Gateway.BrowserTests;

/// <summary>A test that needs Chromium; without one it is skipped by name.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Path is null)
            Skip = "There is no Chromium on this machine: install it (apt-get install chromium), or name it in CHROMIUM_PATH.";
    }
}
