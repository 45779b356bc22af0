namespace Gateway.Tests.Deployment;

/// <summary>A test that needs a program on the PATH, and is skipped by name where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfInstalledAttribute : FactAttribute
{
    public FactIfInstalledAttribute(string program)
    {
        Program = program;
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program))))
            Skip = $"{program} is not installed";
    }

    public string Program { get; }
}
