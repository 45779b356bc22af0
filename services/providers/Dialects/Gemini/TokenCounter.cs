using System.Buffers;
using System.Text.Json;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>https://ai.google.dev/api/tokens</summary>
internal sealed class TokenCounter : ITokenCounter
{
    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.WriteForCounting(call, output);

    public long? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSlice.Number(JsonSlice.Member(body.Span, "totalTokens"u8));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
