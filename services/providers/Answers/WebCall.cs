using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Answers;

/// <summary>A model's call of a web tool that the gateway runs.</summary>
/// <param name="Id">As the answer names it; the client sees <see cref="RoundsWriter.ServerId"/> of it.</param>
/// <param name="Input">A JSON object, but for an answer that was cut.</param>
public sealed record WebCall(string Id, string Name, RawValue Input)
{
    /// <summary>The text that the call is about; null where it has none.</summary>
    /// <param name="member">The name of the only parameter.</param>
    public string? Text(string member)
    {
        try
        {
            var input = Input.Parse();
            return input.ValueKind == JsonValueKind.Object && input.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
                ? JsonText.Read(value).Trim() is { Length: > 0 } text ? text : null
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
