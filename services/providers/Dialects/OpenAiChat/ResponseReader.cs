using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>A whole answer goes through the same readers as a stream's chunks, so both give the same message.</summary>
internal static class ResponseReader
{
    public static void Read(ProviderCall call, ReadOnlySpan<byte> body, Answer answer)
    {
        try
        {
            var chunk = Chunk.Parse(body);
            var usage = UsageReader.Read(call, chunk.Usage);
            answer.SetTier(chunk.ServiceTier);
            if (chunk.IsError)
            {
                answer.SetUsage(usage);
                throw ErrorReader.InStream(call, body);
            }

            if (!chunk.HasChoices)
                throw ErrorReader.IsError(body) ? ErrorReader.InStream(call, body)
                    : new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer has no choices.");
            var delta = new DeltaReader(call, answer);
            if (chunk.HasMessage || chunk.HasDelta)
                delta.Read(chunk.HasMessage ? chunk.Message : chunk.Delta, whole: true);
            delta.Flush(cut: chunk.FinishReason.SequenceEqual("length"u8));
            answer.SetUsage(usage);
            if (!chunk.Sources.IsEmpty)
                WebSource.ReadAll(answer, chunk.Sources);
            if (chunk.HasOthers)
                answer.Drop("choices"u8);
            answer.End(FinishReasons.Map(answer, chunk.FinishReason, chunk.StopReason, delta.Refused));
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer is not JSON.", e);
        }
    }
}
