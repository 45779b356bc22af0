using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>A whole answer goes through the same readers as a stream's chunks, so both give the same message.</summary>
internal static class ResponseReader
{
    public static void Read(ProviderCall call, ReadOnlySpan<byte> body, Answer answer)
    {
        try
        {
            var chunk = Chunk.Parse(body);
            var usage = UsageReader.Read(chunk.Usage);
            if (chunk.IsError)
            {
                answer.SetUsage(usage);
                throw ErrorReader.InStream(call, body);
            }

            if (!chunk.HasCandidate && chunk.BlockReason.Length == 0)
                throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer has no candidates.");
            new PartReader(answer).Read(chunk.Parts);
            if (chunk.HasOthers)
                answer.Drop("candidates"u8);
            SourceReader.Read(answer, chunk);
            answer.SetUsage(usage);
            var stop = chunk.BlockReason.Length > 0
                ? FinishReasons.Blocked(chunk.BlockReason, chunk.BlockMessage)
                : FinishReasons.Map(answer, chunk.FinishReason, chunk.FinishMessage);
            answer.End(stop);
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer is not JSON.", e);
        }
    }
}
