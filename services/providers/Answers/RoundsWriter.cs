using System.Buffers;
using System.Text;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Providers.Answers;

/// <summary>
/// Between the answers of several calls to a provider and the one message the client gets: blocks are numbered on, a call of a web tool that the
/// gateway runs becomes Anthropic's <c>server_tool_use</c>, and what was said is kept so that the provider can be shown it in the next call.
/// <code>
///   round 1:  text, call of web_search          -> 0 text, 1 server_tool_use
///   gateway:  what the search found              -> 2 web_search_tool_result
///   round 2:  text                               -> 3 text
/// </code>
/// </summary>
public sealed class RoundsWriter(IAnswerWriter client, Func<string, bool> isWebTool) : IAnswerWriter, IDisposable
{
    private const string ServerIdPrefix = MintedThinking.ServerToolId;

    private static readonly Place Root = new(null, "messages", 0);

    private readonly PooledBuffer _text = new(1024);
    private readonly List<ContentBlock> _said = [];
    private readonly List<WebCall> _calls = [];
    private int _offset, _next;
    private bool _started;
    private BlockKind _kind;
    private string _id = "", _name = "", _signature = "";

    /// <summary>What the provider has said in this round, for it to be shown again.</summary>
    public IReadOnlyList<ContentBlock> Said => _said;

    /// <summary>The calls of this round that the gateway has to answer.</summary>
    public IReadOnlyList<WebCall> Calls => _calls;

    /// <summary>Whether the client has to run a tool, too.</summary>
    public bool HasClientCalls { get; private set; }

    /// <summary>How this round ended; null while it has not.</summary>
    public AnswerEnd? Ended { get; private set; }

    public static string ServerId(string id) => ServerIdPrefix + id;

    /// <summary>The id that the answer gave the call, of which the provider's own may be a part.</summary>
    public static string OwnId(string serverId) => serverId.StartsWith(ServerIdPrefix, StringComparison.Ordinal) ? serverId[ServerIdPrefix.Length..] : serverId;

    /// <summary>What a provider says now is another answer of it.</summary>
    public void NextRound()
    {
        _offset = _next;
        _said.Clear();
        _calls.Clear();
        HasClientCalls = false;
        Ended = null;
    }

    /// <summary>A block of what the gateway has found.</summary>
    public void Result(ReadOnlySpan<byte> json)
    {
        client.WholeBlock(_next, json);
        client.StopBlock(_next++);
    }

    /// <summary>Ends the client's message.</summary>
    public void Finish(in AnswerEnd end) => client.End(end);

    public void Start(AnswerHead head, Func<long> inputTokens)
    {
        if (!_started)
            client.Start(head, inputTokens);
        _started = true;
    }

    public void StartBlock(int index, BlockKind kind, string? id, string? name)
    {
        (_kind, _id, _name, _signature) = (kind, id ?? "", name ?? "", "");
        _text.Clear();
        if (kind == BlockKind.ToolUse && isWebTool(_name))
        {
            _kind = BlockKind.ServerToolUse;
            id = ServerId(_id);
        }

        _next = _offset + index + 1;
        client.StartBlock(_offset + index, _kind, id, name);
    }

    public void WholeBlock(int index, ReadOnlySpan<byte> block)
    {
        _kind = BlockKind.ServerToolResult;
        _next = _offset + index + 1;
        client.WholeBlock(_offset + index, block);
    }

    public void Delta(int index, BlockKind kind, ReadOnlySpan<byte> utf8)
    {
        _text.Write(utf8);
        client.Delta(_offset + index, _kind, utf8);
    }

    public void Signature(int index, string signature)
    {
        _signature = signature;
        client.Signature(_offset + index, signature);
    }

    public void Citation(int index, in Citation citation) => client.Citation(_offset + index, citation);

    public void StopBlock(int index)
    {
        client.StopBlock(_offset + index);
        // Blocks of different rounds are not of one message, whose texts would be joined.
        var place = new Place(Root, null, _offset + index);
        switch (_kind)
        {
            case BlockKind.Text when _text.WrittenCount > 0:
                _said.Add(new ContentBlock.Text(place, Encoding.UTF8.GetString(_text.WrittenSpan)));
                break;
            case BlockKind.Thinking:
                _said.Add(new ContentBlock.Thinking(place, Encoding.UTF8.GetString(_text.WrittenSpan), _signature));
                break;
            case BlockKind.ToolUse:
                HasClientCalls = true;
                break;
            // What the provider has searched for itself is no call that anybody has to answer.
            case BlockKind.ServerToolUse when isWebTool(_name) && !_id.StartsWith(ServerIdPrefix, StringComparison.Ordinal):
                var input = new RawValue(_text.WrittenCount > 0 ? _text.WrittenSpan.ToArray() : "{}"u8.ToArray());
                _said.Add(new ContentBlock.ToolUse(place, _id, _name, input));
                _calls.Add(new WebCall(_id, _name, input));
                break;
        }
    }

    public void End(in AnswerEnd end) => Ended = end;

    public void Dispose() => _text.Dispose();
}
