using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>Claude Code as a client: how it is known, and what it says of itself beside its requests.</summary>
internal static class ClaudeCode
{
    /// <summary>Session and agent end at the translator, which keeps a conversation's cache by them; everything else of these prefixes ends here.</summary>
    public const string SessionHeader = "x-claude-code-session-id";
    public const string AgentHeader = "x-claude-code-agent-id";
    public const string ParentAgentHeader = "x-claude-code-parent-agent-id";

    private const int MaxWord = 64;
    private const int HashBytes = 8;

    /// <summary>Ids are hashed: they tell requests apart, and nothing else.</summary>
    private static readonly (string Header, string Tag)[] Ids =
    [
        (SessionHeader, "claude_code_session"),
        (AgentHeader, "claude_code_agent"),
        (ParentAgentHeader, "claude_code_parent_agent"),
        ("x-claude-code-prompt-id", "claude_code_prompt_id"),
    ];

    /// <summary>Words are kept as they are, bounded; of two for one tag the later counts.</summary>
    private static readonly (string Header, string Tag)[] Words =
    [
        ("x-claude-1p-request-class", "claude_code_request_class"),
        ("x-claude-code-request-class", "claude_code_request_class"),
        ("x-claude-code-agent-type", "claude_code_agent_type"),
    ];

    /// <summary>Inference calls itself <c>claude-cli/…</c>, all else <c>claude-code/…</c>.</summary>
    public static bool IsClient(HttpRequest request)
    {
        var agent = request.Headers.UserAgent;
        return agent.Count == 1 && agent[0] is { } name
            && (name.StartsWith("claude-cli/", StringComparison.Ordinal) || name.StartsWith("claude-code/", StringComparison.Ordinal));
    }

    /// <summary>For the usage event's metadata; null where the request says nothing of the kind.</summary>
    public static IReadOnlyDictionary<string, string>? TagsOf(HttpRequest request)
    {
        var headers = request.Headers;
        // A session comes with every request; without one only this client is looked at more closely.
        if (!headers.ContainsKey(SessionHeader) && !IsClient(request))
            return null;
        Dictionary<string, string>? tags = null;
        foreach (var (header, tag) in Ids)
        {
            if (ValueOf(headers, header) is { } id)
                (tags ??= [])[tag] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, HashBytes));
        }

        foreach (var (header, tag) in Words)
        {
            if (ValueOf(headers, header) is { } word)
                (tags ??= [])[tag] = BoundedText.Cut(word, MaxWord);
        }

        return tags;
    }

    /// <summary>
    /// The user and the session of <c>metadata.user_id</c>. Claude Code puts several ids into it, as JSON, before that as
    /// <c>user_…_account_…_session_…</c>: the account is the user, without one the device. Any other client's is the user's id as it stands.
    /// </summary>
    /// <param name="json">The value with its quotes.</param>
    public static (string? User, string? Session) UserOf(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        try
        {
            if (!reader.Read() || reader.GetString() is not { Length: > 0 } text)
                return default;
            return text[0] == '{' ? OfIds(text) : OfParts(text);
        }
        catch (InvalidOperationException e) when (GatewayJson.IsHalfCharacter(e))
        {
            // Nobody's id.
            return default;
        }
    }

    private static (string? User, string? Session) OfIds(string text)
    {
        try
        {
            using var ids = JsonDocument.Parse(text);
            var (account, device, session) = (Id(ids, "account_uuid"u8), Id(ids, "device_id"u8), Id(ids, "session_id"u8));
            return account is null && device is null && session is null ? (text, null) : (account ?? device, session);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Begins like those of Claude Code, and is another.
            return (text, null);
        }
    }

    private static (string? User, string? Session) OfParts(string text)
    {
        const string User = "user_", Account = "_account_", Session = "_session_";
        var account = text.IndexOf(Account, StringComparison.Ordinal);
        var session = text.LastIndexOf(Session, StringComparison.Ordinal);
        if (!text.StartsWith(User, StringComparison.Ordinal) || account < User.Length || session < account + Account.Length - 1)
            return (text, null);
        var id = session > account + Account.Length ? text[(account + Account.Length)..session] : text[User.Length..account];
        return (id.Length > 0 ? id : null, session + Session.Length < text.Length ? text[(session + Session.Length)..] : null);
    }

    private static string? Id(JsonDocument ids, ReadOnlySpan<byte> name) =>
        ids.RootElement.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } text ? text : null;

    private static string? ValueOf(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Count == 1 && value[0] is { Length: > 0 } text ? text : null;
}
