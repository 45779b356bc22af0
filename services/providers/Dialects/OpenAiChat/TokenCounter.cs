using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// A provider's counter that takes messages and tools as its chat does. None is part of OpenAI's format, so each has its own place and
/// answer.
/// </summary>
/// <param name="member">Where the answer has the number, from the outside in.</param>
internal sealed class TokenCounter(string path, params string[] member) : ITokenCounter
{
    private readonly byte[][] _member = [.. member.Select(Encoding.UTF8.GetBytes)];

    public string Path => path;

    public void WriteRequest(ProviderCall call, IBufferWriter<byte> output) => RequestWriter.WriteForCounting(call, output);

    public long? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var value = body.Span;
            foreach (var name in _member)
                value = JsonSlice.Member(value, name);
            return JsonSlice.Number(value);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
