using System.Text.Json;
using Gateway.Hosting;

namespace Gateway.Ingress.Requests;

/// <summary>What ingress reads of a Messages request: enough to route, refuse and meter it. Everything else is the provider's business.</summary>
internal sealed class RequestEnvelope
{
    /// <summary>The model as the client spelt it.</summary>
    public string Model { get; set; } = "";

    /// <summary>Where the model's value stands, quotes included.</summary>
    public (int Start, int Length) ModelToken { get; set; }

    public bool Stream { get; set; }

    public RequestTraits Traits { get; set; }

    public long? MaxTokens { get; set; }

    public WebUses WebUses { get; set; } = WebUses.None;

    /// <summary>The request's own metadata: its members with text values.</summary>
    public Dictionary<string, string>? Metadata { get; set; }

    /// <summary>Where the metadata object stands.</summary>
    public (int Start, int Length) MetadataToken { get; set; }

    /// <summary>The <c>user_id</c> member as JSON, the only one Anthropic knows.</summary>
    public string? UserIdJson { get; set; }

    /// <summary>Whether metadata has members besides <c>user_id</c>: ours to record, not Anthropic's to refuse.</summary>
    public bool HasOwnMetadata { get; set; }

    /// <summary>The body with the route's model in place of the client's, and metadata cut down to what the API knows.</summary>
    public IReadOnlyList<Splice> SplicesFor(string upstreamModel)
    {
        var model = new Splice(ModelToken.Start, ModelToken.Length, Json(upstreamModel));
        if (!HasOwnMetadata)
            return upstreamModel == Model ? [] : [model];
        var userIdOnly = UserIdJson is null ? "{}" : $$"""{"user_id":{{UserIdJson}}}""";
        var metadata = new Splice(MetadataToken.Start, MetadataToken.Length, System.Text.Encoding.UTF8.GetBytes(userIdOnly));
        if (upstreamModel == Model)
            return [metadata];
        return model.Start < metadata.Start ? [model, metadata] : [metadata, model];
    }

    private static byte[] Json(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}
