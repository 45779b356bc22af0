using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>A value of the request with its place, so that every complaint names the field.</summary>
internal readonly struct Field
{
    /// <summary>Made where it is sure to be needed; a member of an object mostly is read without.</summary>
    private readonly Place? _place;
    private readonly Place? _owner;
    private readonly string? _name;

    private Field(JsonIndex.Value value, Place? place)
    {
        Value = value;
        _place = place;
    }

    private Field(JsonIndex.Value value, Place? owner, string name)
    {
        Value = value;
        _owner = owner;
        _name = name;
    }

    public JsonIndex.Value Value { get; }

    public Place Path => _place ?? new Place(_owner, _name, 0);

    public JsonValueKind Kind => Value.Kind;

    /// <summary>Absent and null are the same to a request.</summary>
    public bool IsAbsent => Kind is JsonValueKind.Undefined or JsonValueKind.Null;

    private bool IsRoot => _place is null && _name is null;

    /// <summary>An array that is not empty.</summary>
    public bool HasItems => Kind == JsonValueKind.Array && Value.GetEnumerator().MoveNext();

    public static Field Root(JsonIndex.Value body) =>
        body.Kind == JsonValueKind.Object ? new Field(body, place: null) : throw GatewayException.Invalid("The request body should be a JSON object.");

    public Field this[string name] => new(Value.Member(name), IsRoot ? null : Path, name);

    public string String() => Require(JsonValueKind.String, "a valid string") ? Value.Raw.Text() : "";

    public string? StringOrNull() => IsAbsent ? null : String();

    /// <summary>A string that is one of these, or else any other.</summary>
    public string Word(params ReadOnlySpan<string> usual)
    {
        Require(JsonValueKind.String, "a valid string");
        var raw = Value.Raw.Span[1..^1];
        foreach (var word in usual)
        {
            if (Ascii.Equals(raw, word))
                return word;
        }

        return Value.Raw.Text();
    }

    /// <summary>A string that is sent on rather than looked into.</summary>
    public RequestText Text()
    {
        Require(JsonValueKind.String, "a valid string");
        return new RequestText(Value.Raw);
    }

    public RequestText? TextOrNull() => IsAbsent ? default(RequestText?) : Text();

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
        return double.TryParse(Value.Raw.Span, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Wrong("a valid number");
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
        var (place, index) = (Path, 0);
        foreach (var item in Value)
            yield return new Field(item, new Place(place, null, index++));
    }

    public IEnumerable<(string Name, Field Field)> Members()
    {
        var owner = IsRoot ? null : Path;
        foreach (var member in Value)
            yield return (member.Name, new Field(member, owner, member.Name));
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
