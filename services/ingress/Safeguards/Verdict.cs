using System.Text.Json;

namespace Gateway.Ingress.Safeguards;

/// <summary>What is said of one tool call: that it may run, that it may not and why, or why nothing can be said. Never a guess.</summary>
internal readonly record struct Verdict
{
    private readonly string? _reason;

    private Verdict(string? reason, bool isFlagged, string? explanation) => (_reason, IsFlagged, Explanation) = (reason, isFlagged, explanation);

    public static Verdict NotFlagged { get; } = new(null, false, null);

    public bool IsFlagged { get; }

    /// <summary>For the model whose call it was.</summary>
    public string? Explanation { get; }

    public static Verdict Flagged(string? explanation) => new(null, true, explanation);

    /// <param name="reason">One that the client knows: <see cref="Reasons"/>.</param>
    public static Verdict Unavailable(string reason) => new(reason, false, null);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, _reason is null ? "evaluated"u8 : "unavailable"u8);
        if (_reason is not null)
            json.WriteString("reason"u8, _reason);
        else
            json.WriteString("outcome"u8, IsFlagged ? "flagged"u8 : "not_flagged"u8);
        if (!string.IsNullOrEmpty(Explanation))
            json.WriteString("explanation"u8, Explanation);
        json.WriteEndObject();
    }
}
