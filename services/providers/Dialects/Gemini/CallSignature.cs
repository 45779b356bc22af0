using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// The thought signature of a function call. Gemini 3 refuses a call that comes back without it (rule E90), and also sends it when no thinking
/// was asked for, so it travels in the one thing of a call that clients always send back: its id. Only the model that wrote it is given it.
/// </summary>
internal sealed record CallSignature(string Id, string Signature)
{
    /// <summary>
    /// What stands for the signature of a call that this model did not make, such as one of another provider before a change of models.
    /// https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
    /// </summary>
    public const string Foreign = "skip_thought_signature_validator";

    private const string Prefix = "toolu_s_";

    /// <summary>The id the client sees.</summary>
    /// <param name="id">Gemini's own; may be empty.</param>
    public static string Wrap(ProviderCall call, string id, string signature)
    {
        var buffer = new ArrayBufferWriter<byte>(signature.Length + 64);
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions))
        {
            json.WriteStartArray();
            json.WriteStringValue(Owner(call));
            json.WriteStringValue(id);
            json.WriteStringValue(signature);
            json.WriteEndArray();
        }

        return Prefix + Base64Url.EncodeToString(buffer.WrittenSpan);
    }

    /// <summary>Null for an id without a signature of this very provider and model.</summary>
    public static CallSignature? Find(ProviderCall call, string clientId) =>
        Parse(clientId) is [var owner, var id, var signature] && owner == Owner(call) ? new CallSignature(id, signature) : null;

    private static string Owner(ProviderCall call) => ShortHash.Of($"{call.Provider.Name}/{call.UpstreamModel}", 8);

    private static string[]? Parse(string id)
    {
        if (!id.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(id.AsSpan(Prefix.Length)))
            return null;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(id.AsSpan(Prefix.Length)), GatewayJson.DocumentOptions);
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetString() ?? "")];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
