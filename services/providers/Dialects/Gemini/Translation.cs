using System.Buffers;
using Gateway.Providers.Answers;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed class Translation : ITranslation
{
    private static readonly TokenCounter Counter = new();

    public ITokenCounter? CounterOf(QuirkSet quirks) => Counter;

    public IReadOnlyList<Curable> Cures => Curable.OfGemini;

    public int MaxStopSequences => 5;

    /// <summary>https://ai.google.dev/api/caching#FunctionDeclaration</summary>
    public ToolNameStart ToolNameStart => ToolNameStart.LetterOrUnderscore;

    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.Write(call, output);

    public void ReadResponse(ProviderCall call, ReadOnlyMemory<byte> body, Answer answer) => ResponseReader.Read(call, body.Span, answer);

    public IStreamTranslator ReadStream(ProviderCall call, Answer answer) => new StreamTranslator(call, answer);
}
