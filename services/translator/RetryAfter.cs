using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;

namespace Gateway.Translator;

/// <summary>How long the provider asks callers to wait, whichever header it says it in (rule E125).</summary>
internal static partial class RetryAfter
{
    public static int? Seconds(HttpResponseMessage response, ErrorKind kind, DateTimeOffset now)
    {
        if (response.Headers.RetryAfter is { } retry)
        {
            var wait = retry.Delta ?? retry.Date - now;
            if (wait is { } time)
                return (int)Math.Max(0, Math.Ceiling(time.TotalSeconds));
        }

        if (Number(AdapterClient.Header(response, "retry-after-ms")) is { } milliseconds)
            return (int)Math.Ceiling(milliseconds / 1000);
        if (kind != ErrorKind.ProviderRateLimited)
            return null;
        // OpenAI: 6m0s; whichever of the two limits was hit is the one with nothing left.
        return Reset(response, "requests") ?? Reset(response, "tokens");
    }

    private static int? Reset(HttpResponseMessage response, string what)
    {
        if (AdapterClient.Header(response, $"x-ratelimit-remaining-{what}") is { } left && left != "0")
            return null;
        return AdapterClient.Header(response, $"x-ratelimit-reset-{what}") is { } text ? Duration(text) : null;
    }

    internal static int? Duration(string text)
    {
        if (Number(text) is { } seconds)
            return (int)Math.Ceiling(seconds);
        var match = Parts().Match(text);
        if (!match.Success || match.Length == 0)
            return null;
        var total = (Number(match.Groups[1].Value) ?? 0) * 3600 + (Number(match.Groups[2].Value) ?? 0) * 60
            + (Number(match.Groups[3].Value) ?? 0) + (Number(match.Groups[4].Value) ?? 0) / 1000;
        return (int)Math.Ceiling(total);
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$")]
    private static partial Regex Parts();
}
