using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Thinking;

/// <summary>
/// What a provider wants to see again with a tool call: its own signature (rule E90), and the reasoning before it where the client is not
/// shown any, because it did not ask for thinking. It travels in the one thing of a call that clients always send back, its id, and only
/// the model that wrote it is given it.
/// </summary>
/// <param name="Id">The provider's own; may be empty.</param>
/// <param name="Signature">In the provider's own form; may be empty.</param>
/// <param name="Text">Reasoning that is not shown.</param>
/// <param name="Opaque">What of it is not text: a JSON array.</param>
/// <param name="Name">What its provider calls the text of its reasoning; null for the usual name.</param>
public sealed record CallState(string Id, string Signature, string? Text = null, string? Opaque = null, string? Name = null)
{
    private const string Prefix = "toolu_s_";

    /// <summary>Longer ids of a provider would be shortened on their way back.</summary>
    private const int MaxPlainId = 64;

    public bool IsEmpty => Signature.Length == 0 && Text is null && Opaque is null && Id.Length <= MaxPlainId;

    /// <summary>Members of a Chat Completions call that its server wants back: Google's and LiteLLM's places for a signature.</summary>
    public static bool IsKept(ReadOnlySpan<byte> member) =>
        member.SequenceEqual("extra_content"u8) || member.SequenceEqual("provider_specific_fields"u8) || member.SequenceEqual("thought_signature"u8);

    /// <summary>The id the client sees.</summary>
    public string Wrap(string provider, string model)
    {
        var buffer = new ArrayBufferWriter<byte>(Signature.Length + 64);
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions))
        {
            json.WriteStartArray();
            json.WriteStringValue(Owner(provider, model));
            json.WriteStringValue(Id);
            json.WriteStringValue(Signature);
            if (Text is not null || Opaque is not null)
            {
                json.WriteStringValue(Text);
                json.WriteStringValue(Opaque);
                json.WriteStringValue(Name);
            }

            json.WriteEndArray();
        }

        return Prefix + Base64Url.EncodeToString(buffer.WrittenSpan);
    }

    /// <summary>Null for an id without anything of this very provider and model.</summary>
    public static CallState? Find(string provider, string model, string clientId) =>
        Parse(clientId) is [var owner, var id, var signature, .. var more] && owner == Owner(provider, model)
            ? new CallState(id ?? "", signature ?? "", more.ElementAtOrDefault(0), more.ElementAtOrDefault(1), more.ElementAtOrDefault(2))
            : null;

    /// <summary>The id a provider gave, whichever it was; null where there is none.</summary>
    public static string? IdOf(string clientId) => Parse(clientId) is [_, { Length: > 0 and <= MaxPlainId } id, ..] ? id : null;

    private static string Owner(string provider, string model) => ShortHash.Of($"{provider}/{model}", 8);

    private static string?[]? Parse(string id)
    {
        if (!id.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(id.AsSpan(Prefix.Length)))
            return null;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(id.AsSpan(Prefix.Length)), GatewayJson.DocumentOptions);
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetString())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
