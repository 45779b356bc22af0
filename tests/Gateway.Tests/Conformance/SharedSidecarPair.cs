namespace Gateway.Tests.Conformance;

/// <summary>One pair for all conformance classes, which run side by side; the last one out ends it.</summary>
public sealed class SharedSidecarPair : IAsyncLifetime
{
    private static readonly SemaphoreSlim Door = new(1, 1);
    private static SidecarPair? _current;
    private static int _users;

    internal SidecarPair Pair { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Door.WaitAsync();
        try
        {
            if (_users == 0)
            {
                _current = new SidecarPair();
                await _current.InitializeAsync();
            }

            _users++;
            Pair = _current!;
        }
        finally
        {
            Door.Release();
        }
    }

    public async Task DisposeAsync()
    {
        await Door.WaitAsync();
        try
        {
            if (--_users == 0)
                await Pair.DisposeAsync();
        }
        finally
        {
            Door.Release();
        }
    }
}
