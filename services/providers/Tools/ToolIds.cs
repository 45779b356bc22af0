using System.Buffers.Text;
using System.Text;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Tools;

/// <summary>
/// Ids of tool calls on both sides. Towards the client an id that it could not echo to Anthropic is wrapped so that it can be unwrapped
/// again without memory (rule E51); towards the provider one that it would refuse is shortened the same way every time (rules E52, E54).
/// </summary>
public sealed class ToolIds
{
    private const string Wrapped = "toolu_w_";
    private const int HashLength = 12;

    private readonly ToolIdStyle _style;
    private Dictionary<string, string>? _upstreamByClient;
    private HashSet<string>? _upstream;

    private readonly string _provider;
    private readonly string _model;

    /// <param name="provider">With the model: whose own ids need no fitting.</param>
    public ToolIds(ToolIdStyle style, string provider, string model)
    {
        _style = style;
        _provider = provider;
        _model = model;
    }

    /// <summary>The provider's form of an id in the history.</summary>
    public string ToUpstream(string clientId)
    {
        _upstreamByClient ??= new Dictionary<string, string>(StringComparer.Ordinal);
        _upstream ??= new HashSet<string>(StringComparer.Ordinal);
        if (_upstreamByClient.TryGetValue(clientId, out var id))
            return id;
        var own = CallState.Find(_provider, _model, clientId) is { Id.Length: > 0 } state ? state.Id : null;
        id = own ?? Unwrap(CallState.IdOf(clientId) ?? clientId);
        var fitting = own ?? Fit(id);
        for (var i = 1; !_upstream.Add(fitting); i++)
            fitting = Fit($"{id}#{i}");
        _upstreamByClient[clientId] = fitting;
        return fitting;
    }

    /// <summary>The client's form of an id in an answer.</summary>
    public static string ToClient(string upstreamId) =>
        Identifiers.IsValid(upstreamId) && !upstreamId.StartsWith(Wrapped, StringComparison.Ordinal)
            ? upstreamId
            : Wrapped + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(upstreamId));

    private static string Unwrap(string id)
    {
        if (!id.StartsWith(Wrapped, StringComparison.Ordinal) || !Base64Url.IsValid(id.AsSpan(Wrapped.Length)))
            return id;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(id.AsSpan(Wrapped.Length)));
    }

    private string Fit(string id)
    {
        switch (_style)
        {
            case ToolIdStyle.NineAlphanumerics:
                return id.Length == 9 && id.All(char.IsAsciiLetterOrDigit) ? id : ShortHash.Of(id, 9);
            default:
                var most = _style == ToolIdStyle.UpTo40 ? 40 : 64;
                return id.Length <= most ? id : $"{Identifiers.Clean(id[..(most - HashLength - 1)])}_{ShortHash.Of(id, HashLength)}";
        }
    }
}
