using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>How often a request lets the provider use its web tools, after each of which it reads the conversation again.</summary>
/// <param name="Most">The sum of their <c>max_uses</c>; null where one of them has none, since there is no default.</param>
/// <param name="Searches">How many of those are searches, which are charged by the use.</param>
internal readonly record struct WebUses(long? Most, long Searches)
{
    public static WebUses None { get; } = new(0, 0);

    /// <param name="body">A request that has been found to be whole.</param>
    public static WebUses Of(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        using var document = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
        if (!document.RootElement.TryGetProperty("tools"u8, out var tools) || tools.ValueKind != JsonValueKind.Array)
            return None;
        var uses = None;
        foreach (var tool in tools.EnumerateArray())
            uses = uses.With(tool);
        return uses;
    }

    private WebUses With(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("type"u8, out var type) || TextOf(type) is not { } name
            || !name.StartsWith("web_", StringComparison.Ordinal))
            return this;
        var isSearch = name.StartsWith("web_search", StringComparison.Ordinal);
        long? most = tool.TryGetProperty("max_uses"u8, out var given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var uses) && uses >= 0
            ? uses
            : null;
        return new(Most + most, Searches + (isSearch ? most ?? 1 : 0));
    }

    /// <summary>Null for anything but a text, and for half a character, which no provider takes for a tool's type either.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
