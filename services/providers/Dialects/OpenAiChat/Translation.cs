using System.Buffers;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed class Translation : ITranslation
{
    private static readonly (Quirk Quirk, ITokenCounter Counter)[] Counters =
    [
        (Quirk.CountsByResponses, new OpenAiResponses.TokenCounter()),
        (Quirk.CountsByChatRequest, new TokenCounter("/chat/completions/input_tokens", "input_tokens")),
        (Quirk.CountsByEstimateRequest, new TokenCounter("/tokenizers/estimate-token-count", "data", "total_tokens")),
        (Quirk.CountsByTokenizer, new TokenCounter("/tokenizer", "usage", "prompt_tokens")),
        (Quirk.CountsByTokenize, new TokenCounter("/../tokenize", "count")),
    ];

    public IReadOnlyList<Curable> Cures => Curable.OfChat;

    public int MaxStopSequences => 4;

    public ITokenCounter? CounterOf(QuirkSet quirks) => Array.Find(Counters, c => quirks.Has(c.Quirk)).Counter;

    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.Write(call, output);

    public void ReadResponse(ProviderCall call, ReadOnlyMemory<byte> body, Answer answer) => ResponseReader.Read(call, body.Span, answer);

    public IStreamTranslator ReadStream(ProviderCall call, Answer answer) => new StreamTranslator(call, answer);
}
