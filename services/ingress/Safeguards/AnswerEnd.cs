using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;

namespace Gateway.Ingress.Safeguards;

/// <summary>What a <c>message_delta</c> says of the end of its answer, and where the results of a judge go in it.</summary>
/// <param name="StopReason">Null where it says none, or is another event.</param>
/// <param name="HasResults">It brings verdicts along.</param>
/// <param name="DeltaEnd">Where the closing brace of its <c>delta</c> stands in the data.</param>
internal readonly record struct AnswerEnd(string? StopReason, bool HasResults, int DeltaEnd)
{
    public static AnswerEnd Of(in SseEvent e)
    {
        if (!(e.Name.IsEmpty || e.Name.SequenceEqual("message_delta"u8)))
            return default;
        try
        {
            return Read(e.Data);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>The results as a member of an object.</summary>
    public static byte[] Member(ReadOnlySpan<byte> results, bool first) =>
        [.. first ? default : ","u8, .. "\""u8, .. Encoding.ASCII.GetBytes(SafeguardResults.Name), .. "\":"u8, .. results];

    /// <summary>The event before and after the place of the results. Its data becomes one line, if it was several.</summary>
    public (byte[] Before, byte[] After) Around(in SseEvent e)
    {
        var data = e.Raw.IndexOf(e.Data);
        if (data >= 0)
            return (Trimmed(e.Raw[..(data + DeltaEnd)]), e.Raw[(data + DeltaEnd)..].ToArray());
        var line = e.Data.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        return (Trimmed([.. "event: message_delta\ndata: "u8, .. line.AsSpan(0, DeltaEnd)]), [.. line.AsSpan(DeltaEnd), .. "\n\n"u8]);
    }

    /// <summary>So that its last byte tells whether the object is empty.</summary>
    private static byte[] Trimmed(ReadOnlySpan<byte> before) => before.TrimEnd(" \t"u8).ToArray();

    private static AnswerEnd Read(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, GatewayJson.ReaderOptions);
        var end = default(AnswerEnd);
        var isDelta = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                isDelta = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("message_delta"u8);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                    end = ReadDelta(ref reader);
                else
                    reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return isDelta ? end : default;
    }

    private static AnswerEnd ReadDelta(ref Utf8JsonReader reader)
    {
        string? stopReason = null;
        var hasResults = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStop = reader.ValueTextEquals("stop_reason"u8);
            hasResults |= reader.ValueTextEquals(SafeguardResults.Name);
            reader.Read();
            if (isStop && reader.TokenType == JsonTokenType.String)
                stopReason = reader.GetString();
            else
                reader.Skip();
        }

        return new AnswerEnd(stopReason, hasResults, (int)reader.TokenStartIndex);
    }
}
