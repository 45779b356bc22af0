using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>A whole response goes through the same readers as the events of a stream, so both give the same message.</summary>
internal static class ResponseReader
{
    public static void Read(ProviderCall call, ReadOnlySpan<byte> body, Answer answer)
    {
        try
        {
            var output = JsonSlice.Member(body, "output"u8);
            if (output.Length == 0 && JsonSlice.Member(body, "status"u8).Length == 0 && JsonSlice.Member(body, "error"u8).Length == 0)
                throw ErrorReader.IsError(body) ? ErrorReader.InStream(call, body)
                    : new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer has no output.");
            var items = new OutputReader(answer);
            items.Output(output);
            answer.SetUsage(UsageReader.Read(JsonSlice.Member(body, "usage"u8)));
            answer.SetTier(JsonSlice.Member(body, "service_tier"u8));
            answer.End(FinishReasons.Map(call, body, items.Refused));
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer is not JSON.", e);
        }
    }
}
