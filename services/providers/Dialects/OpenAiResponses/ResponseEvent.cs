using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>The fields of a stream event that matter, as spans of raw JSON, taken before anything is acted on: providers write them in any order.</summary>
internal ref struct ResponseEvent
{
    public ReadOnlySpan<byte> Type;

    /// <summary><c>delta</c>, or the whole part of a <c>done</c> event: <c>text</c>, <c>refusal</c> or <c>arguments</c>.</summary>
    public ReadOnlySpan<byte> Value;

    public ReadOnlySpan<byte> Name;

    public ReadOnlySpan<byte> Item;

    public ReadOnlySpan<byte> ItemId;

    /// <summary>A content part.</summary>
    public ReadOnlySpan<byte> Part;

    public ReadOnlySpan<byte> Annotation;

    public ReadOnlySpan<byte> Response;

    public long? OutputIndex;

    /// <summary>Of the content part or of the summary part.</summary>
    public long? PartIndex;

    public long? AnnotationIndex;

    /// <summary>The whole object is an error that came without its event (rule E119).</summary>
    public bool IsError;

    public static ResponseEvent Parse(ReadOnlySpan<byte> json)
    {
        var e = default(ResponseEvent);
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            e.TakeMember(ref reader, json);
        return e;
    }

    private void TakeMember(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.ValueTextEquals("type"u8))
            Type = JsonSlice.Text(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("arguments"u8))
            Value = JsonSlice.Value(ref reader, json);
        else if (reader.ValueTextEquals("output_index"u8))
            OutputIndex = JsonSlice.Number(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("content_index"u8) || reader.ValueTextEquals("summary_index"u8))
            PartIndex = JsonSlice.Number(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("name"u8))
            Name = JsonSlice.Text(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("item_id"u8))
            ItemId = JsonSlice.Text(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("item"u8))
            Item = JsonSlice.Value(ref reader, json);
        else if (reader.ValueTextEquals("part"u8))
            Part = JsonSlice.Value(ref reader, json);
        else if (reader.ValueTextEquals("annotation"u8))
            Annotation = JsonSlice.Value(ref reader, json);
        else if (reader.ValueTextEquals("annotation_index"u8))
            AnnotationIndex = JsonSlice.Number(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("response"u8))
            Response = JsonSlice.Value(ref reader, json);
        else if (reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("detail"u8))
            IsError |= !JsonSlice.IsNull(JsonSlice.Value(ref reader, json));
        else if (reader.ValueTextEquals("object"u8))
            IsError |= JsonSlice.Value(ref reader, json).SequenceEqual("\"error\""u8);
        else
            reader.Skip();
    }
}
