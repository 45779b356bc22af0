using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>A value of the request with its path, so that every complaint names the field.</summary>
internal readonly struct Field
{
    private Field(JsonElement value, string path)
    {
        Value = value;
        Path = path;
    }

    public JsonElement Value { get; }

    public string Path { get; }

    public JsonValueKind Kind => Value.ValueKind;

    /// <summary>Absent and null are the same to a request.</summary>
    public bool IsAbsent => Kind is JsonValueKind.Undefined or JsonValueKind.Null;

    public static Field Root(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object ? new Field(body, "") : throw GatewayException.Invalid("The request body should be a JSON object.");

    public Field this[string name] => new(Value.TryGetProperty(name, out var value) ? value : default, Path.Length == 0 ? name : $"{Path}.{name}");

    public string String() => Require(JsonValueKind.String, "a valid string") ? JsonText.Read(Value) : "";

    public string? StringOrNull() => IsAbsent ? null : String();

    public bool BoolOr(bool otherwise) => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when IsAbsent => otherwise,
        _ => throw Wrong("a valid boolean"),
    };

    public double? NumberOrNull()
    {
        if (IsAbsent)
            return null;
        Require(JsonValueKind.Number, "a valid number");
        return Value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong("a valid number");
    }

    /// <summary>An integer, also when it is spelt <c>1.0</c> or <c>1e3</c> (rule E165).</summary>
    public int? IntOrNull()
    {
        if (NumberOrNull() is not { } number)
            return null;
        return number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number : throw Wrong("a valid integer");
    }

    public Field Object()
    {
        Require(JsonValueKind.Object, "an object");
        return this;
    }

    public IEnumerable<Field> Items()
    {
        Require(JsonValueKind.Array, "a valid array");
        var index = 0;
        foreach (var item in Value.EnumerateArray())
            yield return new Field(item, $"{Path}.{(index++).ToString(CultureInfo.InvariantCulture)}");
    }

    public IEnumerable<(string Name, Field Field)> Members()
    {
        foreach (var member in Value.EnumerateObject())
            yield return (member.Name, new Field(member.Value, Path.Length == 0 ? member.Name : $"{Path}.{member.Name}"));
    }

    public GatewayException Wrong(string expected) => Error($"Input should be {expected}");

    public GatewayException Error(string message) => GatewayException.Invalid($"{Path}: {message}");

    [DoesNotReturn]
    public void Missing() => throw Error("Field required");

    private bool Require(JsonValueKind kind, string expected)
    {
        if (Kind == JsonValueKind.Undefined)
            Missing();
        return Kind == kind ? true : throw Wrong(expected);
    }
}
