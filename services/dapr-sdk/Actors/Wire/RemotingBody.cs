using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Dapr.Actors.Wire;

/// <summary>Bodies of actor remoting in JSON: <c>{"value":{"name":argument,...}}</c> there, <c>{"value":{"retVal":result}}</c> back.</summary>
internal sealed class RemotingBody
{
    private const string ReturnValue = "retVal";

    private static readonly ConditionalWeakTable<JsonSerializerOptions, RemotingBody> Known = [];

    private readonly JsonSerializerOptions _options;

    private RemotingBody(JsonSerializerOptions options)
    {
        _options = new JsonSerializerOptions(options) { IncludeFields = true };

        // The official package serialises wrapper types that it generates, which no source-generated resolver alone can know.
        if (options.TypeInfoResolver is not null && !_options.TryGetTypeInfo(typeof(Probe), out _))
            throw new NotSupportedException("The JsonSerializerOptions of actors must resolve any type: combine the source-generated resolver with a DefaultJsonTypeInfoResolver.");
    }

    public static RemotingBody With(JsonSerializerOptions options) => Known.GetValue(options, static o => new RemotingBody(o));

    public byte[] WriteRequest(ActorMethod method, object?[] arguments) =>
        Write(method.Parameters.Select((p, i) => (p.Name!, p.ParameterType, arguments[i])));

    public byte[] WriteResponse(ActorMethod method, object? result) => Write([(ReturnValue, method.ResultType!, result)]);

    public object?[] ReadRequest(ActorMethod method, byte[] body) => Read(body, [.. method.Parameters.Select(p => (p.Name!, p.ParameterType))]);

    public object? ReadResponse(ActorMethod method, byte[] body) => Read(body, [(ReturnValue, method.ResultType!)])[0];

    private byte[] Write(IEnumerable<(string Name, Type Type, object? Value)> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = _options.Encoder });
        writer.WriteStartObject();
        writer.WriteStartObject("value");
        foreach (var (name, type, value) in values)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, value, type, _options);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">The body is no object, or something else than "value" comes first.</exception>
    private object?[] Read(byte[] body, (string Name, Type Type)[] expected)
    {
        var values = Array.ConvertAll(expected, e => Default(e.Type));
        if (body.Length == 0) return values;

        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("value")) throw new JsonException();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return values;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var index = Array.FindIndex(expected, e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));
            if (index < 0) reader.Skip();
            else values[index] = JsonSerializer.Deserialize(ref reader, expected[index].Type, _options);
        }

        return values;
    }

    private static object? Default(Type type) =>
        type.IsValueType && Nullable.GetUnderlyingType(type) is null ? RuntimeHelpers.GetUninitializedObject(type) : null;

    private sealed class Probe;
}
