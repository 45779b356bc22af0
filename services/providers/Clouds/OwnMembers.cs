using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Clouds;

/// <summary>
/// Members that a cloud adds to Anthropic's objects (Amazon's <c>amazon-bedrock-invocationMetrics</c>, what a guardrail did): they are cut out, so that an
/// answer is the same by whatever door it comes. What they count stands in <c>usage</c>, too.
/// </summary>
public static class OwnMembers
{
    /// <summary>Whether there may be any; the names in a text have their quotes escaped.</summary>
    public static bool MayHave(ReadOnlySpan<byte> json, string prefix)
    {
        Span<byte> name = stackalloc byte[prefix.Length + 1];
        name[0] = (byte)'"';
        Encoding.ASCII.GetBytes(prefix, name[1..]);
        return json.IndexOf(name) >= 0;
    }

    /// <summary>Writes an object without them; anything else as it is.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static void Write(ReadOnlySpan<byte> json, string prefix, IBufferWriter<byte> output)
    {
        if (!MayHave(json, prefix))
        {
            output.Write(json);
            return;
        }

        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            output.Write(json);
            return;
        }

        output.Write("{"u8);
        var any = false;
        Span<byte> begin = stackalloc byte[prefix.Length];
        Encoding.ASCII.GetBytes(prefix, begin);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isOwn = reader.ValueSpan.StartsWith(begin);
            reader.Read();
            reader.Skip();
            if (isOwn)
                continue;
            if (any)
                output.Write(","u8);
            output.Write(json[start..(int)reader.BytesConsumed]);
            any = true;
        }

        output.Write("}"u8);
    }
}
