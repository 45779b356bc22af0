using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Answers;

/// <summary>Writes an answer as one Anthropic message.</summary>
public sealed class DocumentAnswerWriter : IAnswerWriter, IDisposable
{
    private readonly Utf8JsonWriter _json;
    private readonly PooledBuffer _text = new(4 * 1024);
    private BlockKind _kind;
    private readonly List<Citation> _citations = [];
    private string? _signature;
    private Func<long>? _inputEstimate;

    public DocumentAnswerWriter(IBufferWriter<byte> output) => _json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);

    public bool Estimated { get; private set; }

    /// <summary>What the answer used, with what of it the client does not get; once it has ended.</summary>
    public AnswerUsage Usage { get; private set; }

    public void Start(AnswerHead head, Func<long> inputTokens)
    {
        _inputEstimate = inputTokens;
        _json.WriteStartObject();
        MessageJson.WriteHead(_json, head);
        _json.WriteStartArray("content"u8);
    }

    public void StartBlock(int index, BlockKind kind, string? id, string? name)
    {
        _kind = kind;
        _text.Clear();
        _signature = null;
        _citations.Clear();
        _json.WriteStartObject();
        if (kind is BlockKind.ToolUse or BlockKind.ServerToolUse)
            MessageJson.WriteToolHead(_json, kind, id!, name!);
        else
            _json.WriteString("type"u8, kind == BlockKind.Text ? "text"u8 : "thinking"u8);
    }

    public void WholeBlock(int index, ReadOnlySpan<byte> block)
    {
        _kind = BlockKind.ServerToolResult;
        _json.WriteRawValue(block, skipInputValidation: true);
    }

    public void Delta(int index, BlockKind kind, ReadOnlySpan<byte> utf8) => _text.Write(utf8);

    public void Signature(int index, string signature) => _signature = signature;

    public void Citation(int index, in Citation citation) => _citations.Add(citation);

    public void StopBlock(int index)
    {
        switch (_kind)
        {
            case BlockKind.ServerToolResult:
                return;
            case BlockKind.Text:
                _json.WriteString("text"u8, _text.WrittenSpan);
                WriteCitations();
                break;
            case BlockKind.Thinking:
                _json.WriteString("thinking"u8, _text.WrittenSpan);
                _json.WriteString("signature"u8, _signature ?? "");
                break;
            default:
                _json.WritePropertyName("input"u8);
                if (IsObject(_text.WrittenSpan))
                {
                    _json.WriteRawValue(_text.WrittenSpan, skipInputValidation: true);
                }
                else
                {
                    // Arguments cut off by the token limit: what the SDKs make of the same thing in a stream.
                    _json.WriteStartObject();
                    _json.WriteEndObject();
                }

                break;
        }

        _json.WriteEndObject();
    }

    public void End(in AnswerEnd end)
    {
        Estimated = end.Estimated;
        Usage = end.Usage;
        _json.WriteEndArray();
        MessageJson.WriteStop(_json, end.Stop);
        MessageJson.WriteUsage(_json, end.Usage with { Input = end.Usage.Input ?? _inputEstimate?.Invoke() });
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose()
    {
        _json.Dispose();
        _text.Dispose();
    }

    private void WriteCitations()
    {
        if (_citations.Count == 0)
            return;
        _json.WriteStartArray("citations"u8);
        foreach (var citation in _citations)
        {
            _json.WriteStartObject();
            MessageJson.WriteCitation(_json, citation);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
