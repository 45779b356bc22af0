using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The dimensions as data. Whoever must do the same for each of them goes over these lists, so that a new one needs no code there.</summary>
public static class QuotaDimensions
{
    private static readonly string[] Names =
    [
        .. Enum.GetNames<QuotaDimension>().Select(name => typeof(QuotaDimension).GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name),
    ];

    /// <summary>In the order in which a need is checked.</summary>
    public static ImmutableArray<QuotaDimension> All { get; } = [.. Enum.GetValues<QuotaDimension>()];

    /// <summary>Those that are so much per minute.</summary>
    public static ImmutableArray<QuotaDimension> Rates { get; } = All.RemoveRange([QuotaDimension.Budget, QuotaDimension.Concurrency]);

    /// <summary>As in messages and metrics: <c>input_tokens</c>.</summary>
    public static string Name(this QuotaDimension dimension) => Names[(int)dimension];

    /// <summary>The name of the limit in a key's settings: <c>inputTokensPerMinute</c>.</summary>
    public static string LimitName(this QuotaDimension rate) => JsonNamingPolicy.CamelCase.ConvertName($"{rate}PerMinute");
}
