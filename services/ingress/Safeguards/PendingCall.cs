using System.Text;

namespace Gateway.Ingress.Safeguards;

/// <summary>A tool call of an answer that its client will run if it may.</summary>
/// <param name="Id">The client's.</param>
/// <param name="Name">Of the tool.</param>
internal sealed record PendingCall(string Id, string Name)
{
    /// <summary>Its input, as far as it has come.</summary>
    public StringBuilder Input { get; } = new();

    /// <summary>Why it cannot be judged; null where it can.</summary>
    public string? Unjudged { get; set; }
}
