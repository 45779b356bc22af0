using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Requests;

/// <summary>Reads a request that the envelope's reader has already found valid, and says what to cut from it.</summary>
internal ref struct HistoryReader
{
    private readonly ThinkingCut _cut;
    private readonly int _offset;
    private readonly List<Splice> _splices = [];
    private readonly List<Item> _blocks = [];
    private readonly List<Item> _messages = [];
    private readonly List<Item> _edits = [];
    private Utf8JsonReader _json;
    private (int Start, int End) _thinking;
    private bool _thinkingOn, _budgeted, _removed, _inToolLoop, _lostThinking, _lostCitations, _lostTools, _afterResults;

    private HistoryReader(ReadOnlySpan<byte> body, int offset, ThinkingCut cut)
    {
        _json = new Utf8JsonReader(body, GatewayJson.ReaderOptions);
        _offset = offset;
        _cut = cut;
    }

    private enum Role
    {
        User,
        Assistant,
        Other,
    }

    public static NativeEdits Read(ReadOnlySpan<byte> body, ThinkingCut cut)
    {
        var offset = body.StartsWith("\uFEFF"u8) ? 3 : 0;
        try
        {
            return new HistoryReader(body[offset..], offset, cut).Read();
        }
        catch (InvalidOperationException e) when (GatewayJson.IsHalfCharacter(e))
        {
            throw GatewayException.HalfCharacter(e);
        }
    }

    private NativeEdits Read()
    {
        _json.Read();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("messages"u8))
                ReadMessages();
            else if (_json.ValueTextEquals("thinking"u8))
                ReadThinking();
            else if (_json.ValueTextEquals("context_management"u8))
                ReadContextManagement();
            else
                SkipValue();
        }

        var dropped = new List<string>(4);
        if (_removed)
            dropped.Add("content.thinking");
        if (_lostCitations)
            dropped.Add("content.citations");
        if (_lostTools)
            dropped.Add("content.server_tool_use");
        if (MustSwitchOff())
            SwitchOff(dropped);
        if (_splices.Count == 0)
            return NativeEdits.None;
        _splices.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return new NativeEdits(_splices, dropped);
    }

    /// <summary>
    /// With a thinking budget, Anthropic wants the assistant turn of an unfinished tool loop to begin with its thinking, which is gone
    /// (rule E85). Adaptive thinking has no such demand, so it stays on unless the provider refused the request.
    /// </summary>
    private readonly bool MustSwitchOff() =>
        _thinkingOn && _inToolLoop && (_cut == ThinkingCut.All || (_budgeted && _lostThinking));

    private void SwitchOff(List<string> dropped)
    {
        _splices.Add(new Splice(_offset + _thinking.Start, _thinking.End - _thinking.Start, """{"type":"disabled"}"""u8.ToArray()));
        dropped.Add("thinking");
        // Clearing old thinking is refused where there is none to be (400 "strategy requires `thinking` to be enabled or adaptive").
        if (!_edits.Exists(static e => e.Cut))
            return;
        CutFrom(_edits);
        dropped.Add("context_management.edits");
    }

    private void ReadThinking()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        _thinking.Start = (int)_json.TokenStartIndex;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = _json.ValueTextEquals("type"u8);
            _json.Read();
            if (isType && _json.TokenType == JsonTokenType.String)
            {
                _thinkingOn = !_json.ValueTextEquals("disabled"u8);
                _budgeted = _json.ValueTextEquals("enabled"u8);
            }

            _json.Skip();
        }

        _thinking.End = (int)_json.BytesConsumed;
    }

    private void ReadContextManagement()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var isEdits = _json.ValueTextEquals("edits"u8);
            _json.Read();
            if (!isEdits || _json.TokenType != JsonTokenType.StartArray)
            {
                _json.Skip();
                continue;
            }

            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)_json.TokenStartIndex;
                var clears = false;
                if (_json.TokenType == JsonTokenType.StartObject)
                {
                    while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
                    {
                        var isType = _json.ValueTextEquals("type"u8);
                        _json.Read();
                        clears |= isType && _json.TokenType == JsonTokenType.String && _json.ValueSpan.StartsWith("clear_thinking"u8);
                        _json.Skip();
                    }
                }
                else
                {
                    _json.Skip();
                }

                _edits.Add(new Item(start, (int)_json.BytesConsumed, clears));
            }
        }
    }

    private void ReadMessages()
    {
        _json.Read();
        while (_json.Read() && _json.TokenType == JsonTokenType.StartObject)
            ReadMessage();
        // A turn of nothing but such thinking goes whole; the turns on both sides of it may be of one role, which Anthropic joins.
        if (_messages.Exists(static m => !m.Cut))
            CutFrom(_messages);
    }

    private void ReadMessage()
    {
        var start = (int)_json.TokenStartIndex;
        var role = Role.Other;
        bool hadThinking = false, keptThinking = false, calls = false, results = false;
        _blocks.Clear();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = _json.ValueTextEquals("role"u8);
            var isContent = _json.ValueTextEquals("content"u8);
            _json.Read();
            if (isRole)
                role = _json.ValueTextEquals("assistant"u8) ? Role.Assistant : _json.ValueTextEquals("user"u8) ? Role.User : Role.Other;
            if (!isContent || _json.TokenType != JsonTokenType.StartArray)
            {
                _json.Skip();
                continue;
            }

            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                var block = ReadBlock();
                var cut = block.IsOtherTool || (block.IsThinking && MustCut(block));
                _removed |= cut && block.IsThinking && role != Role.User;
                _lostTools |= block.IsOtherTool;
                hadThinking |= block.IsThinking;
                keptThinking |= block.IsThinking && !cut;
                calls |= block.Kind == BlockKind.ToolUse;
                results |= block.Kind == BlockKind.ToolResult;
                _blocks.Add(new Item(block.Start, block.End, cut));
            }
        }

        var whole = role == Role.Assistant && _blocks.Count > 0 && _blocks.TrueForAll(static b => b.Cut);
        _messages.Add(new Item(start, (int)_json.BytesConsumed, whole));
        if (role == Role.Assistant)
        {
            if (!whole)
                CutFrom(_blocks);
            _inToolLoop |= calls;
            if (hadThinking)
                _lostThinking = !keptThinking;
            _afterResults = false;
        }
        else if (results)
        {
            _afterResults = true;
        }
        else if (role == Role.User && !_afterResults)
        {
            // The user speaks: what came before is an old turn, whose thinking nobody asks for.
            _inToolLoop = _lostThinking = false;
        }
    }

    private Block ReadBlock()
    {
        var block = new Block { Start = (int)_json.TokenStartIndex };
        if (_json.TokenType == JsonTokenType.StartObject)
        {
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                var isType = _json.ValueTextEquals("type"u8);
                var isSignature = _json.ValueTextEquals("signature"u8);
                var isCitations = _json.ValueTextEquals("citations"u8);
                var isId = _json.ValueTextEquals("id"u8) || _json.ValueTextEquals("tool_use_id"u8);
                _json.Read();
                if (isCitations)
                    ReadCitations();
                if (isType && _json.TokenType == JsonTokenType.String)
                    block.Kind = KindOf();
                if (isId && _json.TokenType == JsonTokenType.String)
                    block.IsOtherTool = ThinkingHistory.IsOtherTool(_json.ValueSpan);
                if (isSignature && _json.TokenType == JsonTokenType.String)
                {
                    block.IsSigned = _json.ValueSpan.Length > 0;
                    block.IsMinted = ThinkingHistory.IsMinted(_json.ValueSpan);
                }

                _json.Skip();
            }
        }
        else
        {
            _json.Skip();
        }

        block.End = (int)_json.BytesConsumed;
        return block;
    }

    /// <summary>Citations of another provider's answer are the gateway's own making, and Anthropic would try to decrypt them.</summary>
    private void ReadCitations()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType != JsonTokenType.StartArray)
            return;
        var depth = _json.CurrentDepth;
        var minted = false;
        while (_json.Read() && _json.CurrentDepth > depth)
        {
            if (_json.TokenType != JsonTokenType.PropertyName || !_json.ValueTextEquals("encrypted_index"u8))
                continue;
            _json.Read();
            minted |= _json.TokenType == JsonTokenType.String && _json.ValueTextEquals(MintedThinking.CitationIndex);
        }

        if (!minted)
            return;
        _splices.Add(new Splice(_offset + start, (int)_json.BytesConsumed - start, "null"u8.ToArray()));
        _lostCitations = true;
    }

    private readonly BlockKind KindOf()
    {
        if (_json.ValueTextEquals("thinking"u8)) return BlockKind.Thinking;
        if (_json.ValueTextEquals("redacted_thinking"u8)) return BlockKind.RedactedThinking;
        if (_json.ValueTextEquals("tool_use"u8)) return BlockKind.ToolUse;
        return _json.ValueTextEquals("tool_result"u8) ? BlockKind.ToolResult : BlockKind.Other;
    }

    private readonly bool MustCut(in Block block) => _cut switch
    {
        ThinkingCut.All => true,
        _ when block.Kind == BlockKind.RedactedThinking => false,
        ThinkingCut.Minted => block.IsMinted,
        _ => block.IsMinted || !block.IsSigned,
    };

    /// <summary>Cuts elements out of an array, each with the comma it no longer needs.</summary>
    private readonly void CutFrom(List<Item> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (!items[i].Cut)
                continue;
            var last = i;
            while (last + 1 < items.Count && items[last + 1].Cut)
                last++;
            var start = last + 1 < items.Count || i == 0 ? items[i].Start : items[i - 1].End;
            var end = last + 1 < items.Count ? items[last + 1].Start : items[last].End;
            _splices.Add(new Splice(_offset + start, end - start, default));
            i = last;
        }
    }

    private void SkipValue()
    {
        _json.Read();
        _json.Skip();
    }

    private enum BlockKind
    {
        Other,
        Thinking,
        RedactedThinking,
        ToolUse,
        ToolResult,
    }

    private struct Block
    {
        public int Start, End;
        public BlockKind Kind;
        public bool IsSigned, IsMinted;

        /// <summary>A web tool's call or result that is not Anthropic's.</summary>
        public bool IsOtherTool;

        public readonly bool IsThinking => Kind is BlockKind.Thinking or BlockKind.RedactedThinking;
    }

    private readonly record struct Item(int Start, int End, bool Cut);
}
