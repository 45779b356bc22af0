using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>Claude Code as a client: how it is known, and what it says of itself beside its requests.</summary>
internal static class ClaudeCode
{
    /// <summary>Session and agent end at the translator, which keeps a conversation's cache by them; everything else of these prefixes ends here.</summary>
    public const string SessionHeader = "x-claude-code-session-id";
    public const string AgentHeader = "x-claude-code-agent-id";

    private const int MaxWord = 64;
    private const int HashBytes = 8;

    /// <summary>Ids are hashed: they tell requests apart, and nothing else.</summary>
    private static readonly (string Header, string Tag)[] Ids =
    [
        (SessionHeader, "claude_code_session"),
        (AgentHeader, "claude_code_agent"),
        ("x-claude-code-parent-agent-id", "claude_code_parent_agent"),
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

    private static string? ValueOf(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Count == 1 && value[0] is { Length: > 0 } text ? text : null;
}
