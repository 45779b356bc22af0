namespace Gateway.Ingress.Safeguards;

/// <summary>Why there is no verdict, in the words of the API.</summary>
internal static class Reasons
{
    public const string Timeout = "timeout";
    public const string Error = "error";

    /// <summary>The judge would not answer.</summary>
    public const string Refused = "refused";
    public const string InputTooLong = "input_too_long";

    /// <summary>The call broke off, or its input is no JSON.</summary>
    public const string Truncated = "truncated";

    /// <summary>Of an answer as a whole only.</summary>
    public const string RateLimited = "rate_limited";
}
