using System.Buffers;

namespace Gateway.Providers.Tools;

/// <summary>The characters that Anthropic and OpenAI allow in tool names and call ids.</summary>
internal static class Identifiers
{
    public static readonly SearchValues<char> Characters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-");

    public static bool IsValid(string id) => id.Length > 0 && !id.AsSpan().ContainsAnyExcept(Characters);

    public static string Clean(string text) => string.Create(text.Length, text, static (chars, source) =>
    {
        for (var i = 0; i < chars.Length; i++)
            chars[i] = Characters.Contains(source[i]) ? source[i] : '_';
    });
}
