using Gateway.Contracts.Usage;

namespace Gateway.AdminConsole.Live;

/// <summary>Which requests are wanted; what is null or empty does not matter. Names match by a part of them, whatever their case.</summary>
public sealed record LiveFilter
{
    public string? Key { get; init; }
    public string? User { get; init; }
    public string? Model { get; init; }
    public string? Outcome { get; init; }

    public bool IsEmpty => string.IsNullOrEmpty(Key) && string.IsNullOrEmpty(User) && string.IsNullOrEmpty(Model) && string.IsNullOrEmpty(Outcome);

    public bool Passes(UsageEvent e) =>
        Has(Key, e.KeyId) && Has(User, e.User) && (Has(Model, e.Model) || Has(Model, e.RequestedModel) || Has(Model, e.Provider))
        && (string.IsNullOrEmpty(Outcome) || e.Outcome.ToString().Equals(Outcome, StringComparison.OrdinalIgnoreCase));

    /// <summary>As a query, to be asked for again.</summary>
    public string ToQuery() => string.Join('&', new[] { ("key", Key), ("user", User), ("model", Model), ("outcome", Outcome) }
        .Where(p => !string.IsNullOrEmpty(p.Item2)).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2!)}"));

    private static bool Has(string? wanted, string? text) =>
        string.IsNullOrEmpty(wanted) || text?.Contains(wanted, StringComparison.OrdinalIgnoreCase) == true;
}
