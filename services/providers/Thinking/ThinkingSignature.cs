using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Thinking;

/// <summary>
/// The signature of a thinking block that the gateway made out of another provider's reasoning. Clients send it back verbatim, so it
/// carries what that provider wants to see again: the text where the client asked not to be shown it, and opaque parts such as encrypted
/// reasoning. It is only ever unpacked for the same provider and model (rule E91); Anthropic must never be sent one (rule E83).
/// </summary>
/// <param name="Name">What its provider calls the text of its reasoning; null for the usual name.</param>
public sealed record ThinkingSignature(string Provider, string Model, string? Text, string? Opaque, string? Name = null)
{
    public const string Prefix = MintedThinking.SignaturePrefix;

    public static bool IsOurs(string signature) => signature.StartsWith(Prefix, StringComparison.Ordinal);

    public static ThinkingSignature? TryParse(string signature)
    {
        if (!IsOurs(signature) || !Base64Url.IsValid(signature.AsSpan(Prefix.Length)))
            return null;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(signature.AsSpan(Prefix.Length)), GatewayJson.DocumentOptions);
            return new ThinkingSignature(Member(json, "p") ?? "", Member(json, "m") ?? "", Member(json, "t"), Member(json, "o"), Member(json, "n"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The signature, if it was made of this very model's reasoning.</summary>
    public static ThinkingSignature? Own(string signature, string provider, string model) =>
        TryParse(signature) is { } own && own.Provider == provider && own.Model == model ? own : null;

    public override string ToString()
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("p"u8, Provider);
            json.WriteString("m"u8, Model);
            if (Text is not null)
                json.WriteString("t"u8, Text);
            if (Opaque is not null)
                json.WriteString("o"u8, Opaque);
            if (Name is not null)
                json.WriteString("n"u8, Name);
            json.WriteEndObject();
        }

        return Prefix + Base64Url.EncodeToString(buffer.WrittenSpan);
    }

    private static string? Member(JsonDocument json, string name) =>
        json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}
