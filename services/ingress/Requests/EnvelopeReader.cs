using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Reads and checks the envelope of a Messages or count_tokens request in one pass over the bytes, without an object model. Whatever
/// it refuses, it names by its path, in the words of the Anthropic API.
/// </summary>
internal static class EnvelopeReader
{
    private const int MaxMetadataMembers = 32;
    private const int MaxMetadataText = 1024;

    /// <summary>As it is written, <c>user_id</c> and nested values included: more than its 32 texts in most languages.</summary>
    private const int MaxMetadataBytes = 32 * 1024;

    /// <summary>Its characters, each written in the longest way there is, <c>\u00e9</c>.</summary>
    private const int MaxModelBytes = 6 * BoundedText.MaxName;

    public const string Version2026 = ApiVersions.V2026;
    public const string Version2023 = ApiVersions.V2023;

    /// <param name="body">The request as it came.</param>
    /// <param name="counting">count_tokens: <c>max_tokens</c> and <c>stream</c> mean nothing there (rule E151).</param>
    /// <param name="version">The API version in force; the newer one has no sampling parameters.</param>
    public static RequestEnvelope Read(ReadOnlySpan<byte> body, bool counting, string version)
    {
        var offset = body.StartsWith("\uFEFF"u8) ? 3 : 0;
        body = body[offset..];
        if (!Utf8.IsValid(body))
            throw GatewayException.Invalid("request body: is not valid UTF-8.");
        try
        {
            var envelope = ReadObject(body, offset, version);
            if (envelope.Model.Length == 0)
                throw Required("model");
            if (!counting && envelope.MaxTokens is null)
                throw Required("max_tokens");
            return envelope;
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.InvalidRequest, $"request body: is not valid JSON. {Plain(e)}", e);
        }
        catch (InvalidOperationException e) when (GatewayJson.IsHalfCharacter(e))
        {
            throw GatewayException.HalfCharacter(e);
        }
    }

    private static RequestEnvelope ReadObject(ReadOnlySpan<byte> body, int offset, string version)
    {
        var reader = new Utf8JsonReader(body, GatewayJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw GatewayException.Invalid("request body: should be a JSON object.");
        var envelope = new RequestEnvelope { StreamToken = (offset + (int)reader.BytesConsumed, 0) };
        var seen = Fields.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader);
            if (field == Fields.None)
                TraitReader.Note(ref reader, envelope);
            if (field != Fields.None && (seen & field) != 0)
                throw GatewayException.Invalid($"{Name(field)}: is given more than once.");
            seen |= field;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null && field is not (Fields.Model or Fields.Messages or Fields.MaxTokens))
                continue;
            ReadField(ref reader, field, envelope, offset, version);
        }

        // To the end: anything after the object is a mistake, too.
        while (reader.Read())
        {
        }

        if ((seen & Fields.Messages) == 0)
            throw Required("messages");
        return envelope;
    }

    private static void ReadField(ref Utf8JsonReader reader, Fields field, RequestEnvelope envelope, int offset, string version)
    {
        switch (field)
        {
            case Fields.Model:
                if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.IsEmpty)
                    throw GatewayException.Invalid("model: should be a non-empty string.");
                if (reader.ValueSpan.Length > MaxModelBytes || (envelope.Model = Text(ref reader, "model")).Length > BoundedText.MaxName)
                    throw GatewayException.Invalid($"model: at most {BoundedText.MaxName} characters.");
                envelope.ModelToken = (offset + (int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                break;
            case Fields.Messages:
                ReadMessages(ref reader, envelope);
                break;
            case Fields.MaxTokens:
                envelope.MaxTokens = Integer(ref reader, "max_tokens");
                if (envelope.MaxTokens < 0)
                    throw GatewayException.Invalid("max_tokens: should be greater than or equal to 0.");
                break;
            case Fields.Stream:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                    throw GatewayException.Invalid("stream: should be true or false.");
                envelope.Stream = reader.TokenType == JsonTokenType.True;
                envelope.StreamToken = (offset + (int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                break;
            case Fields.System:
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray))
                    throw GatewayException.Invalid("system: should be a string or an array of text blocks.");
                TraitReader.SkipValue(ref reader, envelope);
                break;
            case Fields.Tools:
            case Fields.StopSequences:
                if (reader.TokenType != JsonTokenType.StartArray)
                    throw GatewayException.Invalid($"{Name(field)}: should be an array.");
                TraitReader.SkipValue(ref reader, envelope);
                break;
            case Fields.ToolChoice:
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw GatewayException.Invalid("tool_choice: should be an object such as {\"type\":\"auto\"}.");
                reader.Skip();
                break;
            case Fields.Metadata:
                ReadMetadata(ref reader, envelope, offset);
                break;
            case Fields.Safeguards:
                var start = reader.TokenStartIndex;
                reader.Skip();
                envelope.SafeguardsToken = (offset + (int)start, (int)(reader.BytesConsumed - start));
                break;
            case Fields.Temperature:
            case Fields.TopP:
            case Fields.TopK:
                CheckSampling(ref reader, field, version);
                break;
            default:
                TraitReader.SkipValue(ref reader, envelope);
                break;
        }
    }

    private static void CheckSampling(ref Utf8JsonReader reader, Fields field, string version)
    {
        if (version == Version2026)
            throw GatewayException.Invalid($"{Name(field)}: is not part of API version {Version2026}. Leave it out, or send anthropic-version: {Version2023}.");
        if (field == Fields.TopK)
        {
            if (Integer(ref reader, "top_k") < 0)
                throw GatewayException.Invalid("top_k: should be greater than or equal to 0.");
            return;
        }

        if (reader.TokenType != JsonTokenType.Number)
            throw GatewayException.Invalid($"{Name(field)}: should be a number.");
    }

    private static void ReadMessages(ref Utf8JsonReader reader, RequestEnvelope envelope)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw GatewayException.Invalid("messages: should be an array.");
        var index = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                throw GatewayException.Invalid($"messages.{index}: should be an object with role and content.");
            ReadMessage(ref reader, index++, envelope);
        }

        if (index == 0)
            throw GatewayException.Invalid("messages: at least one message is required.");
    }

    private static void ReadMessage(ref Utf8JsonReader reader, int index, RequestEnvelope envelope)
    {
        bool role = false, content = false, system = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                role = true;
                // Claude Code sends system messages in the middle of a conversation (rule E70).
                if (reader.TokenType != JsonTokenType.String
                    || !(reader.ValueTextEquals("user"u8) || reader.ValueTextEquals("assistant"u8) || reader.ValueTextEquals("system"u8)))
                    throw GatewayException.Invalid($"messages.{index}.role: should be 'user', 'assistant' or 'system'.");
                system = reader.ValueTextEquals("system"u8);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                content = true;
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray))
                    throw GatewayException.Invalid($"messages.{index}.content: should be a string or an array of content blocks.");
                TraitReader.SkipValue(ref reader, envelope);
            }
            else
            {
                reader.Read();
                TraitReader.SkipValue(ref reader, envelope);
            }
        }

        if (!role)
            throw Required($"messages.{index}.role");
        // A system message may say how to answer and nothing else (rule E73).
        if (!content && !system)
            throw Required($"messages.{index}.content");
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, RequestEnvelope envelope, int offset)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw GatewayException.Invalid("metadata: should be an object.");
        var start = reader.TokenStartIndex;
        var whole = reader;
        whole.Skip();
        if (whole.BytesConsumed - start > MaxMetadataBytes)
            throw GatewayException.Invalid($"metadata: at most {MaxMetadataBytes} bytes.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader, "metadata");
            reader.Read();
            if (name == "user_id")
            {
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                    throw GatewayException.Invalid("metadata.user_id: should be a string.");
                envelope.UserIdJson = reader.TokenType == JsonTokenType.Null ? "null" : $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"";
                continue;
            }

            envelope.HasOwnMetadata = true;
            if (name == RequestTags.Member)
            {
                if (envelope.Tags is not null)
                    throw GatewayException.Invalid("metadata.tags: is given more than once.");
                var list = reader;
                envelope.Tags = RequestTags.Read(ref list);
            }

            envelope.Metadata ??= [];
            if (envelope.Metadata.Count >= MaxMetadataMembers)
                throw GatewayException.Invalid($"metadata: at most {MaxMetadataMembers} members besides user_id.");
            if (reader.TokenType == JsonTokenType.String)
            {
                var text = Text(ref reader, "metadata." + name);
                if (text.Length > MaxMetadataText)
                    throw GatewayException.Invalid($"metadata.{name}: at most {MaxMetadataText} characters.");
                envelope.Metadata[name] = text;
            }
            else if (reader.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
            {
                envelope.Metadata[name] = Encoding.UTF8.GetString(reader.ValueSpan);
            }
            else
            {
                reader.Skip();
            }
        }

        envelope.MetadataToken = (offset + (int)start, (int)(reader.BytesConsumed - start));
    }

    /// <summary>Integers in any spelling JSON has for them: <c>1e3</c> and <c>1000.0</c> are 1000 (rule E165).</summary>
    private static long Integer(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (reader.TryGetInt64(out var value))
                return value;
            if (reader.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 9e15)
                return (long)number;
        }

        throw GatewayException.Invalid($"{name}: should be a valid integer.");
    }

    private static string Text(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair (rule E161).
            throw new GatewayException(ErrorKind.InvalidRequest, $"{name}: is not valid text.", e);
        }
    }

    private static GatewayException Required(string name) => GatewayException.Invalid($"{name}: Field required");

    /// <summary>The reader's own words without its advice for programmers.</summary>
    private static string Plain(JsonException e)
    {
        var end = e.Message.IndexOf(" Change the reader options", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    [Flags]
    private enum Fields
    {
        None = 0,
        Model = 1,
        Messages = 2,
        MaxTokens = 4,
        Stream = 8,
        System = 16,
        Tools = 32,
        ToolChoice = 64,
        StopSequences = 128,
        Metadata = 256,
        Temperature = 512,
        TopP = 1024,
        TopK = 2048,
        Safeguards = 4096,
    }

    private static Fields FieldOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("model"u8)) return Fields.Model;
        if (reader.ValueTextEquals("messages"u8)) return Fields.Messages;
        if (reader.ValueTextEquals("max_tokens"u8)) return Fields.MaxTokens;
        if (reader.ValueTextEquals("stream"u8)) return Fields.Stream;
        if (reader.ValueTextEquals("system"u8)) return Fields.System;
        if (reader.ValueTextEquals("tools"u8)) return Fields.Tools;
        if (reader.ValueTextEquals("tool_choice"u8)) return Fields.ToolChoice;
        if (reader.ValueTextEquals("stop_sequences"u8)) return Fields.StopSequences;
        if (reader.ValueTextEquals("metadata"u8)) return Fields.Metadata;
        if (reader.ValueTextEquals("temperature"u8)) return Fields.Temperature;
        if (reader.ValueTextEquals("top_p"u8)) return Fields.TopP;
        if (reader.ValueTextEquals("top_k"u8)) return Fields.TopK;
        return reader.ValueTextEquals("safeguards"u8) ? Fields.Safeguards : Fields.None;
    }

    private static string Name(Fields field) => field switch
    {
        Fields.MaxTokens => "max_tokens",
        Fields.ToolChoice => "tool_choice",
        Fields.StopSequences => "stop_sequences",
        Fields.TopP => "top_p",
        Fields.TopK => "top_k",
        _ => field.ToString().ToLowerInvariant(),
    };
}
