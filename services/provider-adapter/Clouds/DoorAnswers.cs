using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.ProviderAdapter.Calls;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Makes of a cloud's answer one of Anthropic's, which is what everything behind this knows.</summary>
internal static class DoorAnswers
{
    /// <summary>Puts a stream into Anthropic's framing.</summary>
    /// <returns>False where the answer is no stream at all, whatever its status.</returns>
    public static bool TryReframe(HttpResponseMessage response, Door? door, ref Stream stream)
    {
        switch (door?.Framing)
        {
            case DoorFraming.EventStream:
                if (response.Content.Headers.ContentType?.MediaType != EventFrames.ContentType)
                    return false;
                response.Content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
                stream = new EventStreamDecoder(stream);
                break;
            case DoorFraming.SseWithVertexEvents:
                stream = new VertexEventFilter(stream);
                break;
        }

        return true;
    }

    /// <summary>Errors, counts and members that are the cloud's own. For a whole answer.</summary>
    public static void Translate(UpstreamAnswer answer, Door? door, string operation)
    {
        if (door is null || answer.IsStream)
            return;
        var body = answer.Body.WrittenSpan;
        var errorType = answer.Response.Headers.NonValidated.TryGetValues("x-amzn-errortype", out var values) ? values.ToString() : null;
        if (DoorError.Of(answer.Status, errorType, body) is { } error)
            answer.Replace(error.Status, error.ToJson());
        else if (answer.Status < 300 && operation == Operations.CountTokens && door.CountsWrapped)
            TranslateCount(answer, body);
        else if (answer.Status < 300 && door.OwnMembers is { } prefix && OwnMembers.MayHave(body, prefix))
            RemoveOwn(answer, body, prefix);
    }

    private static void TranslateCount(UpstreamAnswer answer, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, GatewayJson.ReaderOptions);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("inputTokens"u8))
                    continue;
                reader.Read();
                Span<byte> json = [.. "{\"input_tokens\":"u8, .. reader.ValueSpan, (byte)'}'];
                answer.Replace(answer.Status, json);
                return;
            }
        }
        catch (JsonException)
        {
            // The caller finds no count in it.
        }
    }

    private static void RemoveOwn(UpstreamAnswer answer, ReadOnlySpan<byte> body, string prefix)
    {
        using var without = new PooledBuffer(body.Length + PooledBuffer.LeastRoom);
        try
        {
            OwnMembers.Write(body, prefix, without);
        }
        catch (JsonException)
        {
            // It goes on as it is, and is found out to be broken where it is read.
            return;
        }

        answer.Replace(answer.Status, without.WrittenSpan);
    }
}
