using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Providers;

namespace Gateway.ProviderAdapter.Calls;

internal enum Refusal
{
    /// <summary>An answer for the caller, be it good or bad.</summary>
    None,

    /// <summary>The credential is not accepted or out of credit; another one may be.</summary>
    Credential,

    /// <summary>The provider took nothing on: sending it again can bill nothing twice (rule F19).</summary>
    Busy,
}

/// <summary>Tells refusals, after which the same request may be sent again, from answers.</summary>
internal static class RefusalRules
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    public static Refusal Of(UpstreamAnswer answer) => answer.Status switch
    {
        < 400 => Refusal.None,
        401 or 402 or 403 => Refusal.Credential,
        // OpenAI says it with a 429 (rule E127), Anthropic with a 400.
        400 or 429 when AccountWords.AreIn(Encoding.UTF8.GetString(answer.Body.WrittenSpan)) => Refusal.Credential,
        429 or 503 or 529 => Refusal.Busy,
        _ => Refusal.None,
    };

    /// <summary>Whether a stream of status 200 begins with the error that the provider is overloaded: no sign of health (rule E120).</summary>
    public static bool BeginsOverloaded(UpstreamAnswer answer)
    {
        if (!answer.IsStream)
            return false;
        var first = answer.Body.WrittenSpan;
        return (first.StartsWith("event: error"u8) || first.StartsWith("data: {\"error\""u8)) && first.IndexOf("overloaded"u8) >= 0;
    }

    /// <summary>How long a credential rests that is limited: what the provider says, within bounds.</summary>
    public static TimeSpan Rest(UpstreamAnswer answer, DateTimeOffset now)
    {
        var headers = answer.Response.Headers;
        var said = Milliseconds(headers) ?? headers.RetryAfter?.Delta ?? headers.RetryAfter?.Date - now ?? ShortestRest;
        return said < ShortestRest ? ShortestRest : said > LongestRest ? LongestRest : said;
    }

    /// <summary>Whether an error is about this model, by its name in it, and says nothing of the provider's others.</summary>
    public static bool Names(UpstreamAnswer answer, string model)
    {
        var body = answer.Body.WrittenSpan;
        var name = Encoding.UTF8.GetBytes(model);
        for (var at = name.Length == 0 ? -1 : body.IndexOf(name); at >= 0;)
        {
            var end = at + name.Length;
            if ((at == 0 || !char.IsAsciiLetterOrDigit((char)body[at - 1])) && (end == body.Length || !char.IsAsciiLetterOrDigit((char)body[end])))
                return true;
            var next = body[end..].IndexOf(name);
            at = next < 0 ? -1 : end + next;
        }

        return false;
    }

    /// <summary>How long to wait before one more try; null where waiting is the client's to do, whose own patience is limited (rule E148).</summary>
    public static TimeSpan? Wait(UpstreamAnswer answer)
    {
        var headers = answer.Response.Headers;
        if (headers.NonValidated.TryGetValues("x-should-retry", out var should) && should.ToString().Equals("false", StringComparison.OrdinalIgnoreCase))
            return null;
        if (Milliseconds(headers) is { } milliseconds)
            return milliseconds <= MaxWait ? milliseconds : null;
        if (headers.RetryAfter is { } after)
            return after.Delta is { } delta && delta <= MaxWait ? delta : null;
        // A 429 that names no time is a spend limit, which no short wait lifts.
        return answer.Status == 429 ? null : DefaultWait;
    }

    private static TimeSpan? Milliseconds(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues("retry-after-ms", out var text) &&
        double.TryParse(text.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 86_400_000
            ? TimeSpan.FromMilliseconds(value)
            : null;
}
