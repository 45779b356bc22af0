using System.Text.Json;
using Gateway.Providers.Text;

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
        var cursor = new JsonCursor(json);
        if (!cursor.Enter('{'))
        {
            // An error may come as a list of one.
            foreach (var item in new JsonItems(json))
                return Parse(item);
            throw new JsonException("not an object");
        }

        while (cursor.Member(out var name))
        {
            if (name.SequenceEqual("candidates"u8))
                chunk.ReadCandidates(ref cursor);
            else if (name.SequenceEqual("promptFeedback"u8))
                chunk.ReadPromptFeedback(cursor.Value());
            else if (name.SequenceEqual("usageMetadata"u8))
                chunk.Usage = cursor.Value();
            else if (name.SequenceEqual("error"u8))
                chunk.IsError |= !JsonSlice.IsNull(cursor.Value());
            else
                cursor.Skip();
        }

        return chunk;
    }

    private void ReadCandidates(scoped ref JsonCursor cursor)
    {
        if (!cursor.Enter('['))
        {
            cursor.Skip();
            return;
        }

        while (cursor.Item())
        {
            if (cursor.Enter('{'))
                ReadCandidate(ref cursor);
            else
                cursor.Skip();
        }
    }

    /// <summary>The first candidate is the one without an index.</summary>
    private void ReadCandidate(scoped ref JsonCursor cursor)
    {
        ReadOnlySpan<byte> index = default, content = default, citations = default, grounding = default, reason = default, message = default;
        while (cursor.Member(out var name))
        {
            var value = cursor.Value();
            if (content.Length == 0 && name.SequenceEqual("content"u8))
                content = value;
            else if (index.Length == 0 && name.SequenceEqual("index"u8))
                index = value;
            else if (reason.Length == 0 && name.SequenceEqual("finishReason"u8))
                reason = value;
            else if (message.Length == 0 && name.SequenceEqual("finishMessage"u8))
                message = value;
            else if (citations.Length == 0 && name.SequenceEqual("citationMetadata"u8))
                citations = value;
            else if (grounding.Length == 0 && name.SequenceEqual("groundingMetadata"u8))
                grounding = value;
        }

        if (JsonSlice.Number(index) is > 0)
        {
            HasOthers = true;
            return;
        }

        HasCandidate = true;
        Parts = JsonSlice.Member(content, "parts"u8);
        Citations = citations;
        Grounding = grounding;
        FinishReason = JsonSlice.Text(reason);
        FinishMessage = JsonSlice.Text(message);
    }

    private void ReadPromptFeedback(ReadOnlySpan<byte> feedback)
    {
        BlockReason = JsonSlice.Text(JsonSlice.Member(feedback, "blockReason"u8));
        BlockMessage = JsonSlice.Text(JsonSlice.Member(feedback, "blockReasonMessage"u8));
    }
}
