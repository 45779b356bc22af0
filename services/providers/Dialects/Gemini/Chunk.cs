using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>The fields of a chunk, or of a whole answer, which look the same, as spans of raw JSON. Only the first candidate is ours (rule E22).</summary>
internal ref struct Chunk
{
    /// <summary>The parts of the candidate's content.</summary>
    public ReadOnlySpan<byte> Parts;

    /// <summary>What the answer is taken from: <c>citationMetadata</c> and <c>groundingMetadata</c>.</summary>
    public ReadOnlySpan<byte> Citations;

    public ReadOnlySpan<byte> Grounding;

    public ReadOnlySpan<byte> FinishReason;

    public ReadOnlySpan<byte> FinishMessage;

    /// <summary>Why the prompt was refused.</summary>
    public ReadOnlySpan<byte> BlockReason;

    public ReadOnlySpan<byte> BlockMessage;

    public ReadOnlySpan<byte> Usage;

    public bool IsError;

    public bool HasCandidate;

    /// <summary>Another answer than the one that was asked for.</summary>
    public bool HasOthers;

    public static Chunk Parse(ReadOnlySpan<byte> json)
    {
        var chunk = default(Chunk);
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        if (!reader.Read())
            throw new JsonException("nothing");
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // An error may come as a list of one.
            foreach (var item in new JsonItems(json))
                return Parse(item);
            throw new JsonException("not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("candidates"u8))
                chunk.TakeCandidates(JsonSlice.Value(ref reader, json));
            else if (reader.ValueTextEquals("promptFeedback"u8))
                chunk.TakeFeedback(JsonSlice.Value(ref reader, json));
            else if (reader.ValueTextEquals("usageMetadata"u8))
                chunk.Usage = JsonSlice.Value(ref reader, json);
            else if (reader.ValueTextEquals("error"u8))
                chunk.IsError |= !JsonSlice.IsNull(JsonSlice.Value(ref reader, json));
            else
                reader.Skip();
        }

        return chunk;
    }

    private void TakeCandidates(ReadOnlySpan<byte> candidates)
    {
        foreach (var candidate in new JsonItems(candidates))
        {
            if (JsonSlice.Number(JsonSlice.Member(candidate, "index"u8)) is > 0)
            {
                HasOthers = true;
                continue;
            }

            HasCandidate = true;
            Parts = JsonSlice.Member(JsonSlice.Member(candidate, "content"u8), "parts"u8);
            Citations = JsonSlice.Member(candidate, "citationMetadata"u8);
            Grounding = JsonSlice.Member(candidate, "groundingMetadata"u8);
            FinishReason = JsonSlice.Text(JsonSlice.Member(candidate, "finishReason"u8));
            FinishMessage = JsonSlice.Text(JsonSlice.Member(candidate, "finishMessage"u8));
        }
    }

    private void TakeFeedback(ReadOnlySpan<byte> feedback)
    {
        BlockReason = JsonSlice.Text(JsonSlice.Member(feedback, "blockReason"u8));
        BlockMessage = JsonSlice.Text(JsonSlice.Member(feedback, "blockReasonMessage"u8));
    }
}
