using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using Gateway.Ingress.Endpoints;

namespace Gateway.Ingress.Metering;

/// <summary>On which paths answers have which extras in <c>usage</c>, as <c>/anthropic/v1=tokens,/api/v1=cost</c>; <c>none</c> is on no path.</summary>
internal static class UsageExtrasByPath
{
    /// <summary>What the gateways promise whose paths these are: MyRouter, AnyRouter and FastRouter, FastRouter's other one.</summary>
    public const string Default = "/anthropic/v1=tokens,/api/v1=cost,/v1=cost";

    private const string None = "none";

    public static FrozenDictionary<string, UsageExtras> OfDefault { get; } = Parse(Default)!;

    /// <summary>By the path of Messages requests; null where the text is not of this form.</summary>
    public static FrozenDictionary<string, UsageExtras>? Read(string text) => text == Default ? OfDefault : Parse(text);

    private static FrozenDictionary<string, UsageExtras>? Parse(string text)
    {
        var extras = new Dictionary<string, UsageExtras>();
        if (text != None)
        {
            foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (part.Split('=') is not [var root, var names] || !ApiEndpoints.Roots.Contains(root) || Names(names) is not { } named)
                    return null;
                extras[root + "/messages"] = named;
            }
        }

        // Routing takes any case, too.
        return extras.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static UsageExtras? Names(string names) => names switch
    {
        "tokens" => UsageExtras.Tokens,
        "cost" => UsageExtras.Cost,
        "tokens+cost" => UsageExtras.All,
        _ => null,
    };

    /// <summary>A setting of this form.</summary>
    [AttributeUsage(AttributeTargets.Property)]
    internal sealed class FormAttribute() : ValidationAttribute(
        $"none, or paths with tokens, cost or tokens+cost, as in {Default}; paths are {string.Join(", ", ApiEndpoints.Roots)}")
    {
        public override bool IsValid(object? value) => value is null || (value is string text && Read(text) is not null);
    }
}
