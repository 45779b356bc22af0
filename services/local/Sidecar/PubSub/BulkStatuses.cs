using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>An app's answer to several events in one call.</summary>
internal static class BulkStatuses
{
    /// <summary>No statuses at all are no complaint; an entry that is missing among others has not been taken.</summary>
    /// <param name="outcomes">One for each message; all of them Success.</param>
    public static void Read(ReadOnlySpan<byte> answer, List<Message> messages, DeliveryOutcome[] outcomes)
    {
        try
        {
            var reader = new Utf8JsonReader(answer);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isStatuses = reader.ValueTextEquals("statuses"u8);
                reader.Read();
                if (isStatuses && reader.TokenType == JsonTokenType.StartArray)
                    ReadArray(ref reader, messages, outcomes);
                else
                    reader.Skip();
            }
        }
        catch (JsonException)
        {
            // As for one event: what is no JSON says nothing against them.
            Array.Fill(outcomes, DeliveryOutcome.Success);
        }
    }

    /// <param name="status">Null: there is none, or none that is a text.</param>
    public static DeliveryOutcome Judge(string? status) => status switch
    {
        null or "" or "SUCCESS" => DeliveryOutcome.Success,
        "DROP" => DeliveryOutcome.Drop,
        _ => DeliveryOutcome.Retry,
    };

    private static void ReadArray(ref Utf8JsonReader reader, List<Message> messages, DeliveryOutcome[] outcomes)
    {
        var next = 0;
        for (var isFirst = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; isFirst = false)
        {
            if (isFirst)
                Array.Fill(outcomes, DeliveryOutcome.Retry);
            if (reader.TokenType == JsonTokenType.StartObject)
                ReadStatus(ref reader, messages, outcomes, ref next);
            else
                reader.Skip();
        }
    }

    private static void ReadStatus(ref Utf8JsonReader reader, List<Message> messages, DeliveryOutcome[] outcomes, ref int next)
    {
        var index = -1;
        var outcome = DeliveryOutcome.Success;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("entryId"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.String ? Find(ref reader, messages, next) : -1;
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                outcome = reader.TokenType != JsonTokenType.String || reader.ValueTextEquals("SUCCESS"u8) ? DeliveryOutcome.Success : Judge(reader.GetString());
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        if (index < 0)
            return;
        outcomes[index] = outcome;
        next = index + 1;
    }

    /// <summary>Nearly always they come back as they were sent, and the next is the one.</summary>
    private static int Find(ref Utf8JsonReader reader, List<Message> messages, int next)
    {
        Span<byte> id = stackalloc byte[Message.MaxIdBytes];
        for (var i = 0; i < messages.Count; i++)
        {
            var at = (next + i) % messages.Count;
            if (reader.ValueTextEquals(messages[at].WriteId(id)))
                return at;
        }

        return -1;
    }
}
