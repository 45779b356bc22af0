using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>
/// An Anthropic Messages request, checked, as the wire formats need it: without attribution lines, empty texts and directives, with server
/// tools refused. What could not be kept is in <see cref="Dropped"/>. Holds on to the body it was read from until it is disposed.
/// </summary>
public sealed class MessagesRequest : IDisposable
{
    private readonly JsonIndex _body;

    internal MessagesRequest(JsonIndex body) => _body = body;

    internal JsonIndex.Value Root => _body.Root;

    public IReadOnlyList<ContentBlock.Text> System { get; internal set; } = [];

    public IReadOnlyList<InputMessage> Messages { get; internal set; } = [];

    /// <summary>Null only in a count_tokens request.</summary>
    public int? MaxTokens { get; internal set; }

    public bool Stream { get; internal set; }

    public IReadOnlyList<string> StopSequences { get; internal set; } = [];

    public double? Temperature { get; internal set; }

    public double? TopP { get; internal set; }

    public int? TopK { get; internal set; }

    public ThinkingOptions Thinking { get; internal set; } = ThinkingOptions.None;

    public IReadOnlyList<Tool> Tools { get; internal set; } = [];

    /// <summary>Some of <see cref="Tools"/> is a web tool.</summary>
    public bool HasWebTools { get; internal set; }

    public ToolChoice? ToolChoice { get; internal set; }

    /// <summary><c>output_config.effort</c>: low, medium, high, xhigh, max.</summary>
    public string? Effort { get; internal set; }

    /// <summary>The JSON schema the answer must follow; absent where there is none.</summary>
    public RawValue OutputSchema { get; internal set; }

    public string? UserId { get; internal set; }

    /// <summary>A cache mark on the request itself: the last cacheable block.</summary>
    public CacheControl? Cache { get; internal set; }

    /// <summary>Paths of the fields that the target can't express.</summary>
    public DroppedFields Dropped { get; } = new();

    public void Dispose() => _body.Dispose();
}
