using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>Where an image or a document is.</summary>
public abstract record MediaSource
{
    /// <param name="Data">The JSON string itself: media is copied from request to request and never decoded.</param>
    public sealed record Base64(string MediaType, RawValue Data) : MediaSource;

    public sealed record Url(string Address) : MediaSource;

    /// <summary>A plain-text document.</summary>
    public sealed record PlainText(string Text) : MediaSource;

    /// <summary>A document made of blocks.</summary>
    public sealed record Blocks(IReadOnlyList<ContentBlock> Content) : MediaSource;
}
