namespace Gateway.ContainerTests;

/// <summary>A test that needs a real Dapr, and is skipped by name, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfDaprAttribute : FactAttribute
{
    public FactIfDaprAttribute() => Skip = DaprSource.Missing();
}
