using System.Text.Json;

namespace Gateway.Contracts.Json;

/// <summary>Names of members in JSON from outside.</summary>
public static class JsonNames
{
    /// <summary>Whether the reader is on a member of this name. One with half a character is none that anybody knows, where the reader itself throws.</summary>
    public static bool NameIs(this in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan.SequenceEqual(name);
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
