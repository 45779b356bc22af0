using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects;

/// <summary>
/// What keeps the requests of a conversation together at a provider whose caches are spread over machines: a hash of the client's session,
/// since the id itself tells more than the provider needs. Without a session it is one of how the conversation begins, but only once there is
/// an answer in it: single questions with the same instructions share the instructions' cache, which a key of each one's own would take from
/// them (decided 2026-11-29; given up is the affinity of a conversation's first request).
/// </summary>
internal static partial class CacheAffinity
{
    /// <summary>At most 64 characters; null for a request that belongs to no conversation.</summary>
    public static string? KeyOf(ProviderCall call)
    {
        if ((call.Session ?? SessionOf(call.Request.UserId)) is { } session)
            return Hash(session);
        var messages = call.Request.Messages;
        if (!messages.Any(m => m.Role == Role.Assistant))
            return null;
        var beginning = call.Request.System.Concat(messages.TakeWhile(m => m.Role != Role.Assistant).SelectMany(m => m.Content));
        return Hash(string.Join('\n', beginning.OfType<ContentBlock.Text>().Select(t => t.Value.ToString())));
    }

    /// <summary>Claude Code's: a JSON text with <c>session_id</c>, or of earlier versions <c>user_…_account_…_session_…</c>.</summary>
    private static string? SessionOf(string? user)
    {
        if (user is null)
            return null;
        if (!user.StartsWith('{'))
            return Session().Match(user) is { Success: true } match ? match.Groups[1].Value : null;
        try
        {
            using var json = JsonDocument.Parse(user, GatewayJson.DocumentOptions);
            return json.RootElement.TryGetProperty("session_id"u8, out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    [GeneratedRegex("_session_([0-9A-Za-z-]+)$")]
    private static partial Regex Session();
}
