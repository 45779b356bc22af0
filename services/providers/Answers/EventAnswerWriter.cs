using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Sse;

namespace Gateway.Providers.Answers;

/// <summary>Writes an answer as Anthropic's stream events.</summary>
public sealed class EventAnswerWriter : IAnswerWriter, IDisposable
{
    /// <summary>The longest escape of one byte: <c>\u0001</c>.</summary>
    private const int MaxEscapedBytes = 6;

    private static readonly JavaScriptEncoder Encoder = GatewayJson.WriterOptions.Encoder!;

    private readonly IBufferWriter<byte> _output;
    private readonly SseWriter _events;
    private byte[] _delta = [];
    private int _deltaIndex = -1;
    private BlockKind _deltaKind;

    public EventAnswerWriter(IBufferWriter<byte> output)
    {
        _output = output;
        _events = new SseWriter(output);
    }

    private static ReadOnlySpan<byte> EndOfDelta => "\"}}\n\n"u8;

    /// <summary>What an answer that failed has used all the same (rule F5), as the value of <see cref="GatewayHeaders.Usage"/>.</summary>
    public static string UsageText(in AnswerUsage usage)
    {
        var text = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(text, GatewayJson.WriterOptions))
            MessageJson.WriteUsageValue(json, usage);
        return Encoding.ASCII.GetString(text.WrittenSpan);
    }

    public void Start(AnswerHead head, Func<long> inputTokens)
    {
        var json = _events.Begin("message_start"u8);
        json.WriteStartObject("message"u8);
        MessageJson.WriteHead(json, head);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        MessageJson.WriteUsage(json, new AnswerUsage { Input = inputTokens(), Output = 0 });
        json.WriteEndObject();
        _events.End();
    }

    public void StartBlock(int index, BlockKind kind, string? id, string? name)
    {
        var json = _events.Begin("content_block_start"u8);
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("content_block"u8);
        switch (kind)
        {
            case BlockKind.Text:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, ""u8);
                break;
            case BlockKind.Thinking:
                json.WriteString("type"u8, "thinking"u8);
                json.WriteString("thinking"u8, ""u8);
                json.WriteString("signature"u8, ""u8);
                break;
            default:
                // All arguments go as deltas: Claude Code ignores an input given here (rule E13).
                MessageJson.WriteToolHead(json, kind, id!, name!);
                json.WriteStartObject("input"u8);
                json.WriteEndObject();
                break;
        }

        json.WriteEndObject();
        _events.End();
    }

    public void WholeBlock(int index, ReadOnlySpan<byte> block)
    {
        var json = _events.Begin("content_block_start"u8);
        json.WriteNumber("index"u8, index);
        json.WritePropertyName("content_block"u8);
        json.WriteRawValue(block, skipInputValidation: true);
        _events.End();
    }

    public void Delta(int index, BlockKind kind, ReadOnlySpan<byte> utf8)
    {
        if (index != _deltaIndex || kind != _deltaKind)
            PrepareDelta(index, kind);
        // Each byte may become a whole escape, but hardly any does.
        var clean = Encoder.FindFirstCharacterToEncodeUtf8(utf8);
        var most = clean < 0 ? utf8.Length : clean + ((utf8.Length - clean) * MaxEscapedBytes);
        var target = _output.GetSpan(_delta.Length + most + EndOfDelta.Length);
        _delta.CopyTo(target);
        var written = _delta.Length;
        if (clean < 0)
        {
            utf8.CopyTo(target[written..]);
            written += utf8.Length;
        }
        else
        {
            utf8[..clean].CopyTo(target[written..]);
            written += clean;
            Encoder.EncodeUtf8(utf8[clean..], target[written..], out _, out var encoded);
            written += encoded;
        }

        EndOfDelta.CopyTo(target[written..]);
        _output.Advance(written + EndOfDelta.Length);
    }

    /// <summary>The deltas of a block differ in their text alone, so what comes before it is made once.</summary>
    private void PrepareDelta(int index, BlockKind kind)
    {
        (_deltaIndex, _deltaKind) = (index, kind);
        var (type, member) = kind switch
        {
            BlockKind.Text => ("text_delta", "text"),
            BlockKind.Thinking => ("thinking_delta", "thinking"),
            _ => ("input_json_delta", "partial_json"),
        };
        _delta = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{type}\",\"{member}\":\""));
    }

    public void Signature(int index, string signature)
    {
        var json = BeginDelta(index);
        json.WriteString("type"u8, "signature_delta"u8);
        json.WriteString("signature"u8, signature);
        json.WriteEndObject();
        _events.End();
    }

    public void Citation(int index, in Citation citation)
    {
        var json = BeginDelta(index);
        json.WriteString("type"u8, "citations_delta"u8);
        json.WriteStartObject("citation"u8);
        MessageJson.WriteCitation(json, citation);
        json.WriteEndObject();
        json.WriteEndObject();
        _events.End();
    }

    public void StopBlock(int index)
    {
        _events.Begin("content_block_stop"u8).WriteNumber("index"u8, index);
        _events.End();
    }

    public void End(in AnswerEnd end)
    {
        WriteComments(end);
        var json = _events.Begin("message_delta"u8);
        json.WriteStartObject("delta"u8);
        MessageJson.WriteStop(json, end.Stop);
        json.WriteEndObject();
        // message_start has the input estimate already; unknown members stay away, since SDKs take a 0 for a fact (rule E44).
        MessageJson.WriteUsage(json, end.Usage);
        _events.End();
        _events.Begin("message_stop"u8);
        _events.End();
    }

    /// <summary>What has been used so far by an answer that takes several calls, before the next of its events; metering takes it out.</summary>
    public void NoteUsage(in AnswerUsage usage) => Comment(GatewayHeaders.Usage, UsageText(usage));

    /// <summary>What metering has to know of an answer that ends in an error; the error event comes right after.</summary>
    public void Fail(in AnswerEnd end)
    {
        Comment(GatewayHeaders.Usage, UsageText(end.Usage));
        WriteComments(end);
    }

    public void Dispose() => _events.Dispose();

    /// <summary>Comments before the last event. Metering reads them and takes them out, but for the last, which is for the client too.</summary>
    private void WriteComments(in AnswerEnd end)
    {
        if (end.Estimated)
            Comment(GatewayHeaders.UsageEstimated, "true");
        if (end.Usage.ServiceTier is { } tier)
            Comment(GatewayHeaders.ServiceTier, Uri.EscapeDataString(tier));
        if (end.Usage.ProviderCost is { } cost)
            Comment(GatewayHeaders.ProviderCost, cost.ToString(CultureInfo.InvariantCulture));
        if (end.Dropped.Count > 0)
            Comment(GatewayHeaders.Dropped, string.Join(", ", end.Dropped));
    }

    private void Comment(string name, string value) => _events.Comment(Encoding.ASCII.GetBytes($"{name}: {value}"));

    private Utf8JsonWriter BeginDelta(int index)
    {
        var json = _events.Begin("content_block_delta"u8);
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
        return json;
    }
}
