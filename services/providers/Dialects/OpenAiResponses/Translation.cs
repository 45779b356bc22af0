using System.Buffers;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed class Translation : ITranslation
{
    private static readonly TokenCounter Counter = new();

    public ITokenCounter? CounterOf(QuirkSet quirks) => Counter;

    public IReadOnlyList<Curable> Cures => Curable.OfResponses;

    public int MaxStopSequences => 0;

    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.Write(call, output);

    public void ReadResponse(ProviderCall call, ReadOnlyMemory<byte> body, Answer answer) => ResponseReader.Read(call, body.Span, answer);

    public IStreamTranslator ReadStream(ProviderCall call, Answer answer) => new StreamTranslator(call, answer);
}
