using System.Collections.Frozen;
using Gateway.Providers.Requests;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Answers;

/// <summary>What an answer needs to know about its request.</summary>
public sealed record AnswerOptions
{
    public required AnswerHead Head { get; init; }

    public required ToolNames Tools { get; init; }

    public ThinkingOptions Thinking { get; init; } = ThinkingOptions.None;

    /// <summary>The input as estimated from the request, for use until the provider reports it. Computed on demand: most answers never need it.</summary>
    public Func<long> InputEstimate { get; init; } = static () => 0;

    /// <summary>Ids of the calls in the history; an answer must not use one again (Claude Code would drop the call).</summary>
    public IReadOnlySet<string> UsedToolIds { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The tool that was forced in place of a JSON schema: its arguments are the text of the answer (rule E100).</summary>
    public string? SchemaTool { get; init; }

    /// <summary>Stop sequences that the provider could not be given; the text is cut here (rule E35).</summary>
    public IReadOnlyList<string> LocalStopSequences { get; init; } = [];

    /// <summary>Collects the names of what the answer has and Anthropic's format can't express.</summary>
    public DroppedFields Dropped { get; init; } = new();

    /// <summary>Whose thinking it is, for its signature.</summary>
    public string Provider { get; init; } = "";

    public string UpstreamModel { get; init; } = "";

    /// <summary>The provider searches the web itself, as the request wants it.</summary>
    public bool ProviderSearches { get; init; }

    /// <summary>The provider wants its reasoning back, so a signature carries a text that the client is not shown.</summary>
    public bool ReplaysThinking { get; init; }
}
