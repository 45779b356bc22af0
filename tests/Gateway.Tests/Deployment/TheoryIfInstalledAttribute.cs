namespace Gateway.Tests.Deployment;

/// <summary>A test of several cases that needs a program on the PATH, and is skipped by name where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryIfInstalledAttribute : TheoryAttribute
{
    public TheoryIfInstalledAttribute(string program)
    {
        Program = program;
        Skip = FactIfInstalledAttribute.SkippedWithout(program);
    }

    public string Program { get; }
}
