using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// Limits and a budget for what keys do with one model, one group of models, at one provider, for one user, under one tag: each such value has an account of
/// its own, which a request needs a place in as in those of its key.
/// </summary>
public sealed record RuleRecord
{
    public const string ByModel = "model";
    public const string ByProvider = "provider";
    public const string ByUser = "user";
    public const string ByTagPrefix = "tag:";

    /// <summary>The id of its account, too, or what those of its values begin with.</summary>
    public required string Id { get; init; }
    public string? Name { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The key, team or organisation whose requests it is for; null: everybody's.</summary>
    public string? Scope { get; init; }

    /// <summary><c>model</c>, <c>provider</c>, <c>user</c>, <c>tag:</c> and a tag's name, or <c>group:</c> and an access group's.</summary>
    public required string By { get; init; }

    /// <summary>The one value it is for; null: each by itself, or a group as a whole.</summary>
    public string? Value { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    [JsonIgnore] public bool IsByGroup => AccessGroups.IsNamedBy(By);

    [JsonIgnore] public bool IsByProvider => By == ByProvider;

    /// <summary>The name of the tag it counts by; null: by none.</summary>
    [JsonIgnore] public string? Tag => field ??= By.StartsWith(ByTagPrefix, StringComparison.Ordinal) ? By[ByTagPrefix.Length..] : null;

    /// <summary>Whether each value has an account of its own, made when it first comes.</summary>
    [JsonIgnore] public bool IsEach => Value is null && !IsByGroup;

    public AccountSettings ToAccount() => new() { Limits = Limits, Budget = Budget };

    /// <summary>Whether it is for a request of a key of these accounts.</summary>
    public bool IsFor(KeyRecord key) => Scope is null || Scope == key.Id || key.Accounts?.Contains(Scope) is true;

    /// <summary>For people: <c>tag project=search</c>, <c>model demo/echo</c>, <c>model group fast</c>.</summary>
    /// <param name="value">Of a rule that counts each: the value, or null for those that share an account.</param>
    public string Describe(string? value) => IsByGroup
        ? $"model group {By[AccessGroups.Prefix.Length..]}"
        : Tag is { } tag
            ? (Value ?? value) is { } of ? $"tag {tag}={of}" : $"the further values of tag {tag}"
            : (Value ?? value) is { } one ? $"{By} {one}" : $"the further {By}s";
}
