namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// A provider's credentials in the order to try them: as the catalog lists them, but one that was refused a moment ago comes last, so that
/// not every call pays for finding that out again.
/// </summary>
internal sealed class CredentialOrder(IReadOnlyList<string> names)
{
    private static readonly TimeSpan Cooldown = TimeSpan.FromSeconds(60);

    private readonly long[] _refusedAt = new long[names.Count];

    public IReadOnlyList<string> Names => names;

    /// <summary>Indexes into <see cref="Names"/>, first to be tried first.</summary>
    public int[] Current(TimeProvider time)
    {
        var order = new int[names.Count];
        var next = 0;
        for (var coolingDown = 0; coolingDown < 2; coolingDown++)
        {
            for (var i = 0; i < order.Length; i++)
            {
                if (IsCoolingDown(i, time) == (coolingDown == 1))
                    order[next++] = i;
            }
        }

        return order;
    }

    public void Refused(int index, TimeProvider time) => Volatile.Write(ref _refusedAt[index], Math.Max(time.GetTimestamp(), 1));

    public void Accepted(int index)
    {
        if (Volatile.Read(ref _refusedAt[index]) != 0)
            Volatile.Write(ref _refusedAt[index], 0);
    }

    private bool IsCoolingDown(int index, TimeProvider time)
    {
        var at = Volatile.Read(ref _refusedAt[index]);
        return at != 0 && time.GetElapsedTime(at) < Cooldown;
    }
}
