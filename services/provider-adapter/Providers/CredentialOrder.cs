using System.Collections.Concurrent;
using Gateway.Contracts.Catalog;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// A provider's credentials in the order to try them: shared by weight, a conversation always with the same one first. One that was refused a
/// moment ago, or is limited for this model, comes last, so that not every call pays for finding that out again.
/// </summary>
internal sealed class CredentialOrder(ProviderEntry entry, TimeProvider time)
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(60);
    private static readonly int[] First = [0];

    /// <summary>When each may be asked again; for one model, or for all of them (null).</summary>
    private readonly ConcurrentDictionary<(int Index, string? Model), long> _rests = new();

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

    public bool Rests(int index, string model) => RestOf(index, model) > 0;

    public void Refused(int index) => Rest(index, null, AfterRefusal);

    /// <summary>Providers limit each model by itself.</summary>
    public void Limited(int index, string model, TimeSpan rest) => Rest(index, model, rest);

    public void Accepted(int index, string model)
    {
        if (_rests.IsEmpty)
            return;
        _rests.TryRemove((index, null), out _);
        _rests.TryRemove((index, model), out _);
    }

    private void Rest(int index, string? model, TimeSpan rest) =>
        _rests[(index, model)] = time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);

    /// <summary>How long it still rests.</summary>
    private long RestOf(int index, string model) => _rests.IsEmpty ? 0 : Math.Max(Left((index, null)), Left((index, model)));

    private long Left((int Index, string? Model) key) =>
        _rests.TryGetValue(key, out var until) ? Math.Max(0, until - time.GetTimestamp()) : 0;
}
