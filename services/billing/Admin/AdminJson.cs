using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>The JSON of the admin API: camelCase names, numbers as numbers, nulls left out unless they say something.</summary>
internal static class AdminJson
{
    /// <summary>For bodies that are read: a member that is not known is a mistake.</summary>
    public static JsonSerializerOptions Strict { get; } = Reading();

    /// <summary>For answers and their description.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    }

    private static JsonSerializerOptions Reading()
    {
        var options = new JsonSerializerOptions { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
