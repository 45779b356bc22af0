using System.Text.Json;
using Gateway.Local.Sidecar.State;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>Reads the operations of an actor's state transaction. The values stay where they are in the body.</summary>
internal static class TransactionReader
{
    private static readonly byte[] Null = "null"u8.ToArray();

    /// <param name="body">A JSON array of operations.</param>
    /// <param name="keyPrefix">What stands before the actor's keys in the store.</param>
    /// <exception cref="SidecarFault">It cannot be understood, or asks for what there is not.</exception>
    public static List<StateWrite> Read(ReadOnlyMemory<byte> body, string keyPrefix)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            reader.Read();
            Expect(JsonTokenType.StartArray, ref reader);
            var writes = new List<StateWrite>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                writes.Add(ReadOperation(body, keyPrefix, ref reader));
            // Nothing comes after it.
            reader.Read();
            return writes;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw SidecarFault.Malformed(error.Message);
        }
    }

    private static StateWrite ReadOperation(ReadOnlyMemory<byte> body, string keyPrefix, ref Utf8JsonReader reader)
    {
        Expect(JsonTokenType.StartObject, ref reader);
        string? operation = null;
        Request? request = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("operation"u8))
            {
                reader.Read();
                operation = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("request"u8))
            {
                reader.Read();
                request = ReadRequest(body, ref reader);
            }
            else
            {
                Value(body, ref reader);
            }
        }

        if (operation is null || request is not { Key: { } key } found)
            throw new JsonException("An operation needs 'operation', and 'request' with 'key'.");
        if (found.HasTtl)
            throw Failed("ttlInSeconds is not supported without the \"ActorStateTTL\" feature enabled");
        return operation switch
        {
            "upsert" => new StateWrite(keyPrefix + key, found.Value),
            "delete" => new StateWrite(keyPrefix + key, default, IsDelete: true),
            var other => throw Failed($"unsupported operation type {other}"),
        };
    }

    private static Request ReadRequest(ReadOnlyMemory<byte> body, ref Utf8JsonReader reader)
    {
        Expect(JsonTokenType.StartObject, ref reader);
        string? key = null;
        ReadOnlyMemory<byte> value = Null;
        var hasTtl = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("key"u8))
            {
                reader.Read();
                key = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("value"u8))
            {
                value = Value(body, ref reader);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                hasTtl = ReadMetadata(ref reader);
            }
            else
            {
                Value(body, ref reader);
            }
        }

        return new Request(key, value, hasTtl);
    }

    private static bool ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var hasTtl = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            hasTtl |= reader.ValueTextEquals("ttlInSeconds"u8);
            reader.Read();
            reader.Skip();
        }

        return hasTtl;
    }

    /// <summary>The bytes of the member whose name the reader is at.</summary>
    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> body, ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    private static void Expect(JsonTokenType type, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != type)
            throw new JsonException($"{type} was expected, {reader.TokenType} came.");
    }

    private static SidecarFault Failed(string cause) => new(500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", "error saving actor transaction state: " + cause);

    private readonly record struct Request(string? Key, ReadOnlyMemory<byte> Value, bool HasTtl);
}
