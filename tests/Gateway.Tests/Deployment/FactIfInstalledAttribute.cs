namespace Gateway.Tests.Deployment;

/// <summary>A test that needs a program on the PATH, and is skipped by name where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfInstalledAttribute : FactAttribute
{
    public FactIfInstalledAttribute(string program)
    {
        Program = program;
        Skip = SkippedWithout(program);
    }

    public string Program { get; }

    /// <summary>Why a test that needs the program is skipped; null where it is there.</summary>
    internal static string? SkippedWithout(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)))
            ? null
            : $"{program} is not installed";
}
