using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>The fields of a stream event that matter, as spans of raw JSON. All are read before any is acted on: providers write them in any order.</summary>
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
        var cursor = new JsonCursor(json);
        if (!cursor.Enter('{'))
            throw new JsonException("not an object");
        while (cursor.Member(out var name))
            e.Set(name, cursor.Value());
        return e;
    }

    private void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("type"u8))
            Type = JsonSlice.Text(value);
        else if (name.SequenceEqual("delta"u8) || name.SequenceEqual("text"u8) || name.SequenceEqual("refusal"u8) || name.SequenceEqual("arguments"u8))
            Value = value;
        else if (name.SequenceEqual("output_index"u8))
            OutputIndex = JsonSlice.Number(value);
        else if (name.SequenceEqual("content_index"u8) || name.SequenceEqual("summary_index"u8))
            PartIndex = JsonSlice.Number(value);
        else if (name.SequenceEqual("name"u8))
            Name = JsonSlice.Text(value);
        else if (name.SequenceEqual("item_id"u8))
            ItemId = JsonSlice.Text(value);
        else if (name.SequenceEqual("item"u8))
            Item = value;
        else if (name.SequenceEqual("part"u8))
            Part = value;
        else if (name.SequenceEqual("annotation"u8))
            Annotation = value;
        else if (name.SequenceEqual("annotation_index"u8))
            AnnotationIndex = JsonSlice.Number(value);
        else if (name.SequenceEqual("response"u8))
            Response = value;
        else if (name.SequenceEqual("error"u8) || name.SequenceEqual("detail"u8))
            IsError |= !JsonSlice.IsNull(value);
        else if (name.SequenceEqual("object"u8))
            IsError |= value.SequenceEqual("\"error\""u8);
    }
}
