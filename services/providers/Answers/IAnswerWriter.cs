namespace Gateway.Providers.Answers;

/// <summary>Takes an answer as a sequence that is already grammatical; writes it as events or as one message.</summary>
public interface IAnswerWriter
{
    /// <param name="inputTokens">What is known or estimated of the input before the provider says.</param>
    void Start(AnswerHead head, Func<long> inputTokens);

    /// <param name="id">Id and name are those of a tool_use block, or of a server_tool_use block.</param>
    void StartBlock(int index, BlockKind kind, string? id, string? name);

    /// <summary>A block that is there at once; nothing follows in it but its end.</summary>
    void WholeBlock(int index, ReadOnlySpan<byte> block);

    void Delta(int index, BlockKind kind, ReadOnlySpan<byte> utf8);

    void Signature(int index, string signature);

    void Citation(int index, in Citation citation);

    void StopBlock(int index);

    void End(in AnswerEnd end);
}
