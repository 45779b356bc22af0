using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>
/// One of several passes over a model behind one answer, as Anthropic lists them in <c>usage.iterations</c> (beta). The answer's own numbers
/// leave out what other passes used (rule F11): a compaction of the conversation, an advisor.
/// </summary>
public sealed record UsageIteration
{
    private const string Compaction = "compaction";

    public required string Type { get; init; }
    public string? Model { get; init; }
    public required TokenUsage Usage { get; init; }

    /// <summary>Whether the answer's own numbers leave this pass out. Those of the message itself are in them.</summary>
    [JsonIgnore] public bool IsBesideTheMessage => Type is not ("message" or "fallback_message");

    /// <summary>Whether it ran on the answer's own model, at its price; an advisor is another model, whose price is not known here.</summary>
    [JsonIgnore] public bool HasTheMessagesPrice => Type == Compaction;
}
