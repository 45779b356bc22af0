using System.Buffers;

namespace Gateway.Providers.Dialects;

/// <summary>A provider's own way to count input tokens, behind the operation <c>count_tokens</c> of its dialect.</summary>
public interface ITokenCounter
{
    /// <summary>Where it is, if not where the dialect says.</summary>
    string? Path => null;

    void WriteRequest(ProviderCall call, IBufferWriter<byte> output);

    /// <summary>Null when the answer does not say.</summary>
    long? Read(ReadOnlyMemory<byte> body);
}
