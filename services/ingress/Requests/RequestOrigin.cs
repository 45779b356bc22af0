using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Who a request is for and what for: user, session, agent, request class and tags, as it says itself. Read from headers and body when the
/// request is; what must be parsed or hashed, when somebody asks for it.
/// </summary>
internal sealed class RequestOrigin
{
    private const int MaxClass = 64;

    private readonly KeyHasher _hasher;
    private readonly bool _plain;
    private readonly string? _signedIn;
    private readonly string? _userIdJson;
    private readonly string? _sessionHeader;
    private readonly string? _agent;
    private readonly string? _parentAgent;
    private string? _userId;
    private string? _sessionId;
    private bool _read;

    private RequestOrigin(KeyRecord key, KeyHasher hasher, string? userIdJson, string? session, string? agent, string? parentAgent)
    {
        _hasher = hasher;
        _plain = key.UserIds == UserIdForm.Plain;
        _userId = _signedIn = key.UserId;
        _userIdJson = userIdJson;
        _sessionHeader = session;
        _agent = agent;
        _parentAgent = parentAgent;
    }

    /// <summary>Headers that name a session, the first that is there counts.</summary>
    public static IReadOnlyList<string> SessionHeaders { get; } = [ClaudeCode.SessionHeader, "x-session-id"];

    /// <summary>
    /// Whose request it is, in plain: who has signed in, else what <c>metadata.user_id</c> says. For the gateway's own
    /// decisions; logs, events and metrics get <see cref="User"/>.
    /// </summary>
    public string? UserId
    {
        get
        {
            Read();
            return _userId;
        }
    }

    /// <summary>The user as the key has it shown: hashed unless it says otherwise. Of who has signed in the id that this gateway has made.</summary>
    public string? User => field ??= _signedIn ?? (_plain ? Shown("user", UserId) : UserPseudonym);

    /// <summary>The user by the one name that does not depend on the key: what rules count by.</summary>
    public string? UserPseudonym => field ??= UserId is { } id ? _hasher.Pseudonym("user", id) : null;

    public string? Session
    {
        get
        {
            Read();
            return field ??= Shown("session", _sessionId);
        }
    }

    public string? Agent => field ??= Shown("agent", _agent);

    /// <summary>The agent that has started this one.</summary>
    public string? ParentAgent => field ??= Shown("agent", _parentAgent);

    /// <summary>What kind of work it is, in the client's word: <c>main</c>, <c>subagent</c>, <c>compaction</c> and the like.</summary>
    public string? RequestClass { get; private init; }

    /// <summary>Those that the key may use.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; private init; }

    /// <summary>Those that the key's list does not have, as <c>tags.name</c>.</summary>
    public IReadOnlyList<string>? TagsLeftOut { get; private init; }

    /// <returns>Null where the request says nothing of the kind.</returns>
    /// <exception cref="GatewayException">The header with tags has something else in it.</exception>
    public static RequestOrigin? Of(KeyRecord key, IHeaderDictionary headers, RequestEnvelope envelope, KeyHasher hasher)
    {
        var session = ValueOf(headers, SessionHeaders[0]) ?? ValueOf(headers, SessionHeaders[1]);
        var (agent, parent, kind) = (ValueOf(headers, ClaudeCode.AgentHeader), ValueOf(headers, ClaudeCode.ParentAgentHeader), ClassOf(headers));
        var tags = RequestTags.Of(headers, envelope.Tags);
        if (key.UserId is null && envelope.UserIdJson is null && session is null && agent is null && parent is null && kind is null && tags is null)
            return null;
        var leftOut = tags is not null && key.Tags is { } allowed ? LeaveOut(tags, allowed) : null;
        return new RequestOrigin(key, hasher, envelope.UserIdJson, session, agent, parent)
        {
            RequestClass = kind,
            Tags = tags is { Count: > 0 } ? tags : null,
            TagsLeftOut = leftOut,
        };
    }

    /// <summary>
    /// Takes out what is not allowed. It was valid: an admin's list that changes breaks nobody's requests, and the answer says what is missing.
    /// </summary>
    private static List<string>? LeaveOut(Dictionary<string, string> tags, IReadOnlyList<string> allowed)
    {
        List<string>? leftOut = null;
        foreach (var name in tags.Keys)
        {
            if (allowed.Contains(name))
                continue;
            tags.Remove(name);
            (leftOut ??= []).Add($"{RequestTags.Member}.{name}");
        }

        return leftOut;
    }

    private static string? ClassOf(IHeaderDictionary headers) =>
        (ValueOf(headers, "x-claude-code-request-class") ?? ValueOf(headers, "x-claude-1p-request-class")) is { } word && !word.Any(char.IsControl)
            ? BoundedText.Cut(word, MaxClass)
            : null;

    private static string? ValueOf(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Count == 1 && value[0] is { Length: > 0 } text ? text : null;

    /// <summary>What a session is called in the events of a key.</summary>
    public static string NameOfSession(string id, UserIdForm form, KeyHasher hasher) => Shown("session", id, form == UserIdForm.Plain, hasher);

    private static string Shown(string kind, string id, bool plain, KeyHasher hasher) => plain ? BoundedText.Cut(id) : hasher.Pseudonym(kind, id);

    private string? Shown(string kind, string? id) => id is null ? null : Shown(kind, id, _plain, _hasher);

    private void Read()
    {
        if (_read)
            return;
        var (user, session) = _userIdJson is null ? default : ClaudeCode.UserOf(_userIdJson);
        _userId ??= user;
        _sessionId = _sessionHeader ?? session;
        _read = true;
    }
}
