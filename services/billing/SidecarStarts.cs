namespace Gateway.Billing;

/// <summary>
/// How often a sidecar of this replica has started: each asks first of all which actors there are. A sidecar that died told nobody, and its
/// actors may have been elsewhere until it was back.
/// </summary>
internal sealed class SidecarStarts
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Map(WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Path == "/dapr/config")
            Interlocked.Increment(ref _count);
        return next(context);
    });
}
