using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Sse;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Metering;

/// <summary>
/// Reads off an Anthropic answer what it used, as it passes. Of a stream only <c>message_start</c>, <c>message_delta</c> and
/// <c>error</c> are parsed; of the text in between only the length is taken, for answers that break off before they say (rule F7).
/// </summary>
internal sealed class AnswerMeter
{
    /// <summary>The JSON around the text of a delta, and around that of an answer's only block.</summary>
    private const int DeltaFrame = 80;
    private const int ContentFrame = 27;

    /// <summary>Bytes of text per token, roughly; for estimates only.</summary>
    private const int BytesPerToken = 4;

    private const int MaxDropped = 32;

    private long _textBytes;
    private bool _finalUsage, _whole;

    public TokenUsage Usage { get; } = new();

    public string? MessageId { get; private set; }

    public string? Model { get; private set; }

    public string? StopReason { get; private set; }

    /// <summary>The type of an error event inside the stream.</summary>
    public string? ErrorType { get; private set; }

    public string? ErrorMessage { get; private set; }

    public bool Started { get; private set; }

    /// <summary>What the provider itself says the answer cost (rule F6).</summary>
    public decimal? ProviderCost { get; private set; }

    /// <summary>Whether the answer comes from the translator, whose comments are read; those of a provider are not ours and mean nothing.</summary>
    public bool ReadsTranslatorComments { get; init; }

    /// <summary>Bytes of the translator's comments at the beginning of the last event, which the client does not get.</summary>
    public int CommentBytes { get; private set; }

    /// <summary>What of the answer the client could not be told, as far as it turned up after the headers.</summary>
    public IReadOnlyList<string> Dropped { get; private set; } = [];

    /// <summary>Meters one event of a stream.</summary>
    public AnswerEvent Read(in SseEvent e)
    {
        CommentBytes = 0;
        if (!e.HasData)
            return AnswerEvent.Other;

        var name = e.Name.IsEmpty ? TypeOf(e.Data) : e.Name;
        if (name.SequenceEqual("content_block_delta"u8))
        {
            _textBytes += Math.Max(0, e.Data.Length - DeltaFrame);
            return AnswerEvent.Delta;
        }

        if (name.SequenceEqual("message_start"u8))
        {
            Started = true;
            ReadStart(e.Data);
            return AnswerEvent.Start;
        }

        if (name.SequenceEqual("content_block_start"u8))
        {
            // An answer of several calls says what those before it have used.
            ReadComments(e.Raw, final: false);
            return AnswerEvent.Other;
        }

        if (name.SequenceEqual("message_delta"u8))
        {
            ReadComments(e.Raw);
            UsageEnd = 0;
            ReadMessageDelta(e.Data);
            return AnswerEvent.Usage;
        }

        if (name.SequenceEqual("message_stop"u8))
            return AnswerEvent.Stop;
        if (name.SequenceEqual("error"u8))
        {
            ReadComments(e.Raw);
            ReadError(e.Data);
            return AnswerEvent.Error;
        }

        return name.SequenceEqual("ping"u8) ? AnswerEvent.Ping : AnswerEvent.Other;
    }

    /// <summary>Reads an answer that is not a stream. False when it is not a message, or not a whole one.</summary>
    /// <param name="json">The body of the answer.</param>
    /// <param name="modelToken">Where the value of <c>model</c> stands in it; empty where there is none.</param>
    public bool ReadMessage(ReadOnlySpan<byte> json, out (int Start, int Length) modelToken)
    {
        modelToken = default;
        try
        {
            modelToken = ReadMembers(json, nested: false);
            _whole = true;
            return MessageId is not null || Usage.OutputTokens is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Where the closing brace of the last <c>usage</c> object stands in its data; 0 where there is none, or nothing in it.</summary>
    public int UsageEnd { get; private set; }

    /// <summary>Where the <c>model</c> value of a <c>message_start</c> stands in its data.</summary>
    public (int Start, int Length) ModelToken { get; private set; }

    /// <summary>The usage to bill: where the provider did not get to say, or said what cannot be believed, an estimate from what passed.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="accepted">The provider has taken the request, whether or not it has begun to answer: it asks for the input (rule F8).</param>
    public TokenUsage Settle(RequestSize request, bool accepted)
    {
        if (_finalUsage && Usage.OutputTokens > 0 && Usage.TotalInput > 0)
            return Usage;
        if (!Started && !_whole && !_finalUsage && !accepted)
            return Usage;
        var output = (_textBytes + BytesPerToken - 1) / BytesPerToken;
        // The last word of a provider counts, unless it is nothing for a text.
        var said = Usage.OutputTokens ?? 0;
        if (output > said && (said == 0 || !(_whole || _finalUsage)))
        {
            Usage.OutputTokens = output;
            Usage.Estimated = true;
        }

        if (Usage.TotalInput == 0 && (Started || _whole || accepted))
        {
            Usage.InputTokens = Math.Max(1, request.BodyBytes / BytesPerToken);
            Usage.Estimated = true;
        }

        return Usage;
    }

    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data, GatewayJson.ReaderOptions);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isType = reader.NameIs("type"u8);
                    reader.Read();
                    if (isType && reader.TokenType == JsonTokenType.String)
                        return reader.ValueSpan;
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // Not ours to judge: the client gets the event as it is.
        }

        return default;
    }

    private (int Start, int Length) ReadMembers(ReadOnlySpan<byte> json, bool nested)
    {
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        var token = (0, 0);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (nested && reader.NameIs("message"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                    token = ReadObjectMembers(ref reader);
            }
            else if (nested)
            {
                reader.Read();
                reader.Skip();
            }
            else
            {
                // The message is the object itself: go over its members from here.
                token = ReadMember(ref reader, token);
            }
        }

        while (reader.Read())
        {
        }

        if (nested)
            ModelToken = token;
        return token;
    }

    private (int Start, int Length) ReadObjectMembers(ref Utf8JsonReader reader)
    {
        var token = (0, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            token = ReadMember(ref reader, token);
        return token;
    }

    private (int Start, int Length) ReadMember(ref Utf8JsonReader reader, (int Start, int Length) token)
    {
        if (reader.NameIs("id"u8))
        {
            MessageId = NextText(ref reader) ?? MessageId;
        }
        else if (reader.NameIs("model"u8))
        {
            Model = NextText(ref reader) ?? Model;
            if (reader.TokenType == JsonTokenType.String)
                return ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
        }
        else if (reader.NameIs("stop_reason"u8))
        {
            StopReason = NextText(ref reader) ?? StopReason;
        }
        else if (reader.NameIs("usage"u8))
        {
            ReadUsage(ref reader);
        }
        else
        {
            var isContent = reader.NameIs("content"u8);
            reader.Read();
            var start = reader.TokenStartIndex;
            reader.Skip();
            if (isContent)
                _textBytes += Math.Max(0, reader.BytesConsumed - start - ContentFrame);
        }

        return token;
    }

    /// <summary>
    /// What the translator says about the answer besides its events: comment lines before the last one, named like the headers of an answer
    /// that is not streamed. Of these the client gets only what was dropped.
    /// </summary>
    /// <param name="final">No more usage is to come.</param>
    private void ReadComments(ReadOnlySpan<byte> raw, bool final = true)
    {
        if (!ReadsTranslatorComments)
            return;
        var rest = raw;
        while (rest.StartsWith(": gateway-"u8) && rest.IndexOf((byte)'\n') is > 0 and var end)
        {
            var line = rest[2..end];
            rest = rest[(end + 1)..];
            if (Value(line, GatewayHeaders.Dropped) is { Length: > 0 } dropped)
            {
                Dropped = Array.ConvertAll(dropped.Split(", ", MaxDropped), name => BoundedText.Cut(name));
                return;
            }

            if (Value(line, GatewayHeaders.Usage) is { } usage)
                SetUsage(usage, final);
            else if (Value(line, GatewayHeaders.UsageEstimated) is not null)
                Usage.Estimated = true;
            else if (Value(line, GatewayHeaders.ServiceTier) is { } tier)
                SetServiceTier(tier);
            else if (Value(line, GatewayHeaders.ProviderCost) is { } cost)
                SetProviderCost(cost);
            CommentBytes = raw.Length - rest.Length;
        }
    }

    private static string? Value(ReadOnlySpan<byte> line, string name)
    {
        var text = Encoding.ASCII.GetString(line);
        return text.StartsWith(name, StringComparison.Ordinal) && text.AsSpan(name.Length).StartsWith(": ") ? text[(name.Length + 2)..] : null;
    }

    /// <summary>The usage of an answer that failed and has cost something all the same (rule F5), as the translator words it.</summary>
    /// <param name="final">No more of it is to come.</param>
    public void SetUsage(string json, bool final = true)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), GatewayJson.ReaderOptions);
        try
        {
            if (!reader.Read())
                return;
            UsageReader.Read(ref reader, Usage);
            _finalUsage |= final;
        }
        catch (JsonException)
        {
            // The numbers seen before stay.
        }
    }

    /// <summary>What the provider says the answer cost, as a decimal number in the currency of its price.</summary>
    public void SetProviderCost(string text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) && cost is >= 0 and <= Cost.Most)
            ProviderCost = cost;
    }

    /// <summary>The service tier that the translator says was served, in the form of a header.</summary>
    public void SetServiceTier(string text) => Usage.ServiceTier = Uri.UnescapeDataString(text);

    private void ReadStart(ReadOnlySpan<byte> data)
    {
        try
        {
            ReadMembers(data, nested: true);
        }
        catch (JsonException)
        {
            // Not ours to judge: the client gets the event as it is.
        }
    }

    private void ReadMessageDelta(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data, GatewayJson.ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.NameIs("usage"u8))
                {
                    ReadUsage(ref reader);
                    _finalUsage = Usage.OutputTokens is not null;
                }
                else if (reader.NameIs("delta"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject)
                        ReadObjectMembers(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // The numbers seen before stay.
        }
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        UsageReader.Read(ref reader, Usage);
        UsageEnd = reader.TokenType == JsonTokenType.EndObject && reader.TokenStartIndex > start + 1 ? (int)reader.TokenStartIndex : 0;
    }

    private void ReadError(ReadOnlySpan<byte> data)
    {
        ErrorType = ErrorTypes.Api;
        try
        {
            using var document = JsonDocument.Parse(data.ToArray(), GatewayJson.DocumentOptions);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error"u8, out var error) && error.ValueKind == JsonValueKind.Object)
            {
                if (error.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String)
                    ErrorType = BoundedText.Cut(type.GetString()!);
                if (error.TryGetProperty("message"u8, out var message) && message.ValueKind == JsonValueKind.String)
                    ErrorMessage = BoundedText.Cut(message.GetString()!, BoundedText.MaxMessage);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // An error event all the same.
        }
    }

    private static string? NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return BoundedText.Read(reader);
        reader.Skip();
        return null;
    }
}
