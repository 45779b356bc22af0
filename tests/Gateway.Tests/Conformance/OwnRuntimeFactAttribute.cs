namespace Gateway.Tests.Conformance;

/// <summary>A test that starts, stops and restarts our own runtime, and so says nothing about an external one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnRuntimeFactAttribute : FactAttribute
{
    public OwnRuntimeFactAttribute()
    {
        if (SidecarPair.IsExternal)
            Skip = "restarts the runtime; a daprd named by DAPR_HTTP_ENDPOINT_A is not ours to restart";
    }
}
