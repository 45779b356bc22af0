using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Which conversation a request belongs to: as the client says by its session header or <c>metadata.user_id</c>, else by the texts of system
/// prompt and first message, which all its turns have in common. What caching marks are on them changes from turn to turn and does not count.
/// </summary>
internal static class Affinity
{
    public static ulong Of(IHeaderDictionary headers, RequestEnvelope envelope, ReadOnlySpan<byte> body)
    {
        foreach (var name in RequestOrigin.SessionHeaders)
        {
            if (headers.TryGetValue(name, out var session) && session.ToString() is { Length: > 0 } text)
                return Hash(text);
        }

        if (envelope.UserIdJson is { } user && user != "null")
            return Hash(user);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddBeginning(hash, body);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    private static ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Reads the request once more, which was read without a mistake; only where the conversation decides something.</summary>
    private static void AddBeginning(IncrementalHash hash, ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body.StartsWith("\uFEFF"u8) ? body[3..] : body, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessages = reader.ValueTextEquals("messages"u8);
            var isSystem = reader.ValueTextEquals("system"u8);
            reader.Read();
            if (isMessages)
            {
                reader.Read();
                AddTexts(hash, ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    reader.Skip();
            }
            else if (isSystem)
            {
                AddTexts(hash, ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void AddTexts(IncrementalHash hash, ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        do
        {
            // A text may be a string in one turn and a block in the next.
            if (reader.TokenType == JsonTokenType.PropertyName && (reader.ValueTextEquals("cache_control"u8) || reader.ValueTextEquals("type"u8)))
            {
                reader.Read();
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                hash.AppendData(reader.ValueSpan);
            }
        }
        while (!(reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) && reader.Read());
    }
}
