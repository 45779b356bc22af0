using System.Buffers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>OpenAI counts what a request would cost. https://platform.openai.com/docs/guides/token-counting</summary>
internal sealed class TokenCounter : ITokenCounter
{
    /// <summary>Also for requests that go another way, so the place can't be left to their dialect.</summary>
    public string Path => Dialect.InputTokens;

    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.WriteForCounting(call, output);

    public long? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSlice.Number(JsonSlice.Member(body.Span, "input_tokens"u8));
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
