using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// A provider's credentials in the order to try them: shared by weight, a conversation always with the same one first. One that was refused a
/// moment ago, or is limited for this model, comes last, so that not every call pays for finding that out again.
/// </summary>
internal sealed class CredentialOrder(ProviderEntry entry, TimeProvider time)
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(60);
    private static readonly int[] First = [0];

    /// <summary>Those not to be asked yet; for one model, or for all of them (null).</summary>
    private readonly ExpiringMap<(int Index, string? Model), bool> _rests = new(time);

    public IReadOnlyList<string> Names { get; } = entry.SecretNames;

    /// <summary>Indexes into <see cref="Names"/>, first to be tried first.</summary>
    /// <param name="affinity">Of the conversation; null: any.</param>
    public int[] For(string model, ulong? affinity)
    {
        if (Names.Count <= 1)
            return Names.Count == 0 ? [] : First;
#pragma warning disable CA5394 // Load sharing, not a secret.
        var ticket = affinity ?? (ulong)Random.Shared.NextInt64();
#pragma warning restore CA5394
        return [.. Enumerable.Range(0, Names.Count)
            .OrderBy(i => RestOf(i, model))
            .ThenBy(i => Share.Place(ticket, Names[i], entry.SecretWeights?.GetValueOrDefault(Names[i], 1) ?? 1))];
    }

    public bool Rests(int index, string model) => RestOf(index, model) > TimeSpan.Zero;

    public void Refused(int index) => _rests.Set((index, null), true, AfterRefusal);

    /// <summary>Providers limit each model by itself.</summary>
    public void Limited(int index, string model, TimeSpan rest) => _rests.Set((index, model), true, rest);

    public void Accepted(int index, string model)
    {
        if (_rests.IsEmpty)
            return;
        _rests.Remove((index, null));
        _rests.Remove((index, model));
    }

    /// <summary>How long it still rests.</summary>
    private TimeSpan RestOf(int index, string model)
    {
        if (_rests.IsEmpty)
            return TimeSpan.Zero;
        var (all, one) = (_rests.LeftOf((index, null)), _rests.LeftOf((index, model)));
        return all > one ? all : one;
    }
}
