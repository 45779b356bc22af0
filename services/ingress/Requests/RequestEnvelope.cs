using System.Text;
using System.Text.Encodings.Web;
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

    /// <summary>Where the value of <c>stream</c> stands; with no length where there is none, then where it could.</summary>
    public (int Start, int Length) StreamToken { get; set; }

    public RequestTraits Traits { get; set; }

    public long? MaxTokens { get; set; }

    /// <summary>Read where <see cref="RequestTraits.ServerTools"/> says that there may be some.</summary>
    public ServerToolUses ToolUses { get; set; } = ServerToolUses.None;

    /// <summary>The request's own metadata: its members with text values.</summary>
    public Dictionary<string, string>? Metadata { get; set; }

    /// <summary>Of <c>metadata.tags</c>.</summary>
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>Where the metadata object stands.</summary>
    public (int Start, int Length) MetadataToken { get; set; }

    /// <summary>The <c>user_id</c> member as JSON, the only one Anthropic knows.</summary>
    public string? UserIdJson { get; set; }

    /// <summary>Where the value of <c>safeguards</c> stands; no length where there is none.</summary>
    public (int Start, int Length) SafeguardsToken { get; set; }

    /// <summary>Whether metadata has members besides <c>user_id</c>: ours to record, not Anthropic's to refuse.</summary>
    public bool HasOwnMetadata { get; set; }

    /// <summary>The body with the route's model in place of the client's, and metadata cut down to what the API knows.</summary>
    /// <param name="otherMode">And asking for a stream where the client did not, or the other way round.</param>
    public IReadOnlyList<Splice> SplicesFor(string upstreamModel, bool otherMode = false)
    {
        Splice? model = upstreamModel == Model ? null : new Splice(ModelToken.Start, ModelToken.Length, Json(upstreamModel));
        if (!HasOwnMetadata && !otherMode)
            return model is { } only ? [only] : [];
        var splices = new List<Splice>(3);
        if (model is { } name)
            splices.Add(name);
        if (HasOwnMetadata)
        {
            var userIdOnly = UserIdJson is null ? "{}" : $$"""{"user_id":{{UserIdJson}}}""";
            splices.Add(new Splice(MetadataToken.Start, MetadataToken.Length, Encoding.UTF8.GetBytes(userIdOnly)));
        }

        if (otherMode)
            splices.Add(OtherMode());
        splices.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return splices;
    }

    /// <summary>The body asking for the other mode.</summary>
    private Splice OtherMode() =>
        new(StreamToken.Start, StreamToken.Length, StreamToken.Length > 0 ? (Stream ? "false"u8 : "true"u8).ToArray() : "\"stream\":true,"u8.ToArray());

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes($"\"{JavaScriptEncoder.Default.Encode(text)}\"");
}
