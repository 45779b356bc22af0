using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Dapr.Actors.Wire;

/// <summary>Bodies of actor remoting in JSON: <c>{"value":{"name":argument,...}}</c> there, <c>{"value":{"retVal":result}}</c> back.</summary>
internal sealed class RemotingBody
{
    private const string ReturnValue = "retVal";

    private static readonly ConditionalWeakTable<JsonSerializerOptions, RemotingBody> Known = [];

    private readonly JsonSerializerOptions _options;
    private readonly JsonWriterOptions _writing;

    private RemotingBody(JsonSerializerOptions options)
    {
        _options = new JsonSerializerOptions(options) { IncludeFields = true };
        _writing = new JsonWriterOptions { Encoder = _options.Encoder, SkipValidation = true };

        // The official package serialises wrapper types that it generates, which no source-generated resolver alone can know.
        if (options.TypeInfoResolver is not null && !_options.TryGetTypeInfo(typeof(Probe), out _))
            throw new NotSupportedException("The JsonSerializerOptions of actors must resolve any type: combine the source-generated resolver with a DefaultJsonTypeInfoResolver.");
    }

    public static RemotingBody With(JsonSerializerOptions options) => Known.GetValue(options, static o => new RemotingBody(o));

    public void WriteRequest(JsonBuffer output, ActorMethod method, object?[] arguments)
    {
        using var writer = Begin(output);
        for (var i = 0; i < method.Parameters.Length; i++)
        {
            writer.WritePropertyName(method.Parameters[i].Name);
            JsonSerializer.Serialize(writer, arguments[i], method.Parameters[i].Type, _options);
        }

        End(writer);
    }

    public void WriteResponse(JsonBuffer output, ActorMethod method, object? result)
    {
        using var writer = Begin(output);
        writer.WritePropertyName(ReturnValue);
        JsonSerializer.Serialize(writer, result, method.ResultType!, _options);
        End(writer);
    }

    public object?[] ReadRequest(ActorMethod method, ReadOnlySpan<byte> body) => Read(body, method.Parameters);

    public object? ReadResponse(ActorMethod method, ReadOnlySpan<byte> body) => Read(body, [new ActorMethod.Parameter(ReturnValue, method.ResultType!)])[0];

    private Utf8JsonWriter Begin(JsonBuffer output)
    {
        var writer = new Utf8JsonWriter(output, _writing);
        writer.WriteStartObject();
        writer.WriteStartObject("value"u8);
        return writer;
    }

    private static void End(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">The body is no object, or something else than "value" comes first.</exception>
    private object?[] Read(ReadOnlySpan<byte> body, ReadOnlySpan<ActorMethod.Parameter> expected)
    {
        var values = new object?[expected.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Default(expected[i].Type);
        if (body.Length == 0) return values;

        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("value")) throw new JsonException();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return values;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = IndexOf(expected, ref reader);
            reader.Read();
            if (index < 0) reader.Skip();
            else values[index] = JsonSerializer.Deserialize(ref reader, expected[index].Type, _options);
        }

        return values;
    }

    private static int IndexOf(ReadOnlySpan<ActorMethod.Parameter> expected, ref Utf8JsonReader reader)
    {
        for (var i = 0; i < expected.Length; i++)
            if (reader.ValueTextEquals(expected[i].Name)) return i;
        var name = reader.GetString();
        for (var i = 0; i < expected.Length; i++)
            if (string.Equals(expected[i].Name, name, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }

    private static object? Default(Type type) =>
        type.IsValueType && Nullable.GetUnderlyingType(type) is null ? RuntimeHelpers.GetUninitializedObject(type) : null;

    private sealed class Probe;
}
