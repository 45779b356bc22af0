using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>Parts of the client's request that go into the provider's as their own bytes: parsing them again could only change them.</summary>
internal static class RawJson
{
    public static void WriteRaw(this Utf8JsonWriter json, JsonElement element) =>
        json.WriteRawValue(JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true);

    /// <summary>Media of megabytes go from the one body to the other without becoming a string on the way.</summary>
    /// <param name="head">What stands before the data, such as the head of a data URL; may be empty.</param>
    public static void WriteBase64(this Utf8JsonWriter json, string head, MediaSource.Base64 source)
    {
        json.WriteStringValueSegment(Encoding.UTF8.GetBytes(head), isFinalSegment: false);
        var raw = JsonMarshal.GetRawUtf8Value(source.Data)[1..^1];
        if (raw.Contains((byte)'\\'))
            json.WriteStringValueSegment(Encoding.UTF8.GetBytes(JsonText.Read(source.Data)), isFinalSegment: true);
        else
            json.WriteStringValueSegment(raw, isFinalSegment: true);
    }

    /// <summary>A tool's schema as it is, but an object with properties: providers refuse anything less (rule E98).</summary>
    public static void WriteObjectSchema(this Utf8JsonWriter json, JsonElement schema)
    {
        var known = schema.ValueKind == JsonValueKind.Object;
        var typed = known && schema.TryGetProperty("type", out _);
        var propertied = known && (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("$ref", out _));
        if (typed && propertied)
        {
            json.WriteRaw(schema);
            return;
        }

        json.WriteStartObject();
        if (!typed)
            json.WriteString("type"u8, "object"u8);
        if (known)
        {
            foreach (var member in schema.EnumerateObject())
            {
                json.WritePropertyName(member.Name);
                json.WriteRaw(member.Value);
            }
        }

        if (!propertied)
        {
            json.WriteStartObject("properties"u8);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
