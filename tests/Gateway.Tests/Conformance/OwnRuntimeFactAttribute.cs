namespace Gateway.Tests.Conformance;

/// <summary>A test that starts, stops and restarts our own runtime, and so says nothing about an external one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnRuntimeFactAttribute : FactAttribute
{
    internal const string NotOurs = "restarts the runtime; a daprd named by DAPR_HTTP_ENDPOINT_A is not ours to restart";

    public OwnRuntimeFactAttribute()
    {
        if (SidecarPair.IsExternal)
            Skip = NotOurs;
    }
}

/// <inheritdoc cref="OwnRuntimeFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnRuntimeTheoryAttribute : TheoryAttribute
{
    public OwnRuntimeTheoryAttribute()
    {
        if (SidecarPair.IsExternal)
            Skip = OwnRuntimeFactAttribute.NotOurs;
    }
}
