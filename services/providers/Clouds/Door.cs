using System.Collections.Frozen;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Clouds;

/// <summary>How an answer that streams is framed.</summary>
public enum DoorFraming
{
    /// <summary>Anthropic's own events.</summary>
    Sse,

    /// <summary>The same with Google's <c>vertex_event</c> among them, which Anthropic's clients do not know.</summary>
    SseWithVertexEvents,

    /// <summary>Amazon's binary frames, an event in each.</summary>
    EventStream,
}

/// <summary>
/// A cloud's own way to Claude: what it takes otherwise than Anthropic's address does. The request goes through as its bytes but for what is said here.
/// </summary>
public sealed record Door
{
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>
    /// Path and query of an operation (a member of <see cref="Operations"/>), beginning with a slash, after the base URL; null where it has none such.
    /// </summary>
    public required Func<string, string, bool, string?> Path { get; init; }

    /// <summary>The model is in the path and not in the body; <see cref="ModelStaysForCounting"/> says where it is in both.</summary>
    public bool ModelInPath { get; init; }

    public bool ModelStaysForCounting { get; init; }

    /// <summary><c>stream</c> is said by the path and not in the body.</summary>
    public bool StreamInPath { get; init; }

    /// <summary>The <c>anthropic_version</c> of the body for clients of the older API; null where the version stays a header.</summary>
    public string? BodyVersion { get; init; }

    /// <summary>Models before it know the older version only.</summary>
    public ClaudeVersion NewVersionSince { get; init; }

    /// <summary>Betas go as <c>anthropic_beta</c> in the body and not as a header.</summary>
    public bool BetasInBody { get; init; }

    /// <summary>The header <c>anthropic-user-profile-id</c> goes as <c>user_profile_id</c> in the body.</summary>
    public bool ProfileInBody { get; init; }

    public DoorFraming Framing { get; init; }

    /// <summary>
    /// The values of <c>anthropic-beta</c> it takes, a <c>*</c> at the end for any that begin so; null for all. One that it does not know fails the whole
    /// request there, so others are left out by name.
    /// </summary>
    public IReadOnlyList<string>? Betas { get; init; }

    /// <summary>Betas that it knows by another name.</summary>
    public FrozenDictionary<string, string> RenamedBetas { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Betas that it takes with some models only.</summary>
    public Func<string, ClaudeVersion, bool>? TakesBetaWith { get; init; }

    public FrozenDictionary<DoorFeature, DoorRule> Rules { get; init; } = FrozenDictionary<DoorFeature, DoorRule>.Empty;

    /// <summary>The tokens of a request are counted by a call that holds it in base64.</summary>
    public bool CountsWrapped { get; init; }

    /// <summary>Members of the answer that are the cloud's and not Anthropic's begin so; null where there are none.</summary>
    public string? OwnMembers { get; init; }

    /// <summary>Whether a body passes as it is, whatever is in it.</summary>
    public bool PassesBodies => Rules.Count == 0 && !ModelInPath && BodyVersion is null && !BetasInBody && !ProfileInBody;

    /// <summary>What is done with a feature of a request to this model; null where it is taken.</summary>
    public DoorRule? RuleOf(DoorFeature feature, ClaudeVersion version) =>
        Rules.TryGetValue(feature, out var rule) && rule.When?.Invoke(version) != false ? rule : null;
}
