using System.Buffers;
using Gateway.Providers.Answers;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Dialects;

/// <summary>One wire format's translation, both ways. Stateless; what belongs to one request is in <see cref="ProviderCall"/>.</summary>
public interface ITranslation
{
    /// <summary>
    /// Writes the provider's request body. Notes in <c>call.Request.Dropped</c> what the format can't express.
    /// </summary>
    /// <exception cref="Contracts.Errors.GatewayException">The request asks for what must not be dropped.</exception>
    void WriteRequest(ProviderCall call, IBufferWriter<byte> output);

    /// <summary>Reads an answer that is not streamed into <paramref name="answer"/>, and ends it.</summary>
    /// <exception cref="Contracts.Errors.GatewayException">The body is an error after all, or no answer.</exception>
    void ReadResponse(ProviderCall call, ReadOnlyMemory<byte> body, Answer answer);

    IStreamTranslator ReadStream(ProviderCall call, Answer answer);

    /// <summary>What of a request its provider may refuse and the request can do without.</summary>
    IReadOnlyList<Curable> Cures { get; }

    /// <summary>How many stop sequences a request may carry.</summary>
    int MaxStopSequences { get; }

    /// <summary>What the name of a tool may begin with.</summary>
    ToolNameStart ToolNameStart => ToolNameStart.Any;

    /// <summary>Null where neither the format nor the provider has a counter; then tokens are estimated.</summary>
    ITokenCounter? CounterOf(QuirkSet quirks) => null;
}
