using Microsoft.AspNetCore.Mvc;

namespace Gateway.Billing.Admin;

/// <summary>What a creation is known by when it is sent again, because its answer was lost.</summary>
internal readonly record struct IdempotencyKey([FromHeader(Name = IdempotencyKey.Header)] string? Value)
{
    public const string Header = "Idempotency-Key";
    private const string ReplayedHeader = "Idempotent-Replayed";
    private const int MaxLength = 255;

    /// <summary>Null, or the answer to give.</summary>
    public InvalidProblem? Problem() => Value is null or { Length: > 0 and <= MaxLength }
        ? null
        : new(Header, $"1 to {MaxLength} characters that nobody else uses, as a random UUID; leave the header out to make something anew each time.");

    /// <summary>Says that what is answered was made before.</summary>
    public static void Mark(HttpResponse response, bool replayed)
    {
        if (replayed)
            response.Headers[ReplayedHeader] = "true";
    }
}
