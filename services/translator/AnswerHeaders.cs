using System.Globalization;
using Gateway.Contracts.Names;
using Gateway.Providers.Answers;

namespace Gateway.Translator;

internal static class AnswerHeaders
{
    private const int MaxDroppedCharacters = 1_000;

    public static void Write(HttpResponse response, TranslationRequest request, int attempts)
    {
        response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
        WriteDropped(response, request);
    }

    /// <summary>
    /// Reports the usage of an answer that failed before anything of it was sent (rule F5). False where the provider has reported none.
    /// </summary>
    /// <param name="before">What earlier calls for the same answer have used.</param>
    public static bool WriteUsage(HttpResponse response, Answer answer, AnswerUsage? before = null)
    {
        if ((!answer.IsUsageKnown && before is null) || response.HasStarted)
            return false;
        var spent = answer.UsageSoFar(before);
        response.Headers[GatewayHeaders.Usage] = EventAnswerWriter.UsageText(spent.Usage);
        WriteAccounting(response, spent.Estimated, spent.Usage);
        return true;
    }

    /// <summary>A try that failed has no usage to report where another follows.</summary>
    public static void ClearUsage(HttpResponse response)
    {
        response.Headers.Remove(GatewayHeaders.Usage);
        response.Headers.Remove(GatewayHeaders.UsageEstimated);
        response.Headers.Remove(GatewayHeaders.ProviderCost);
    }

    /// <summary>What the cures of a refused request were.</summary>
    public static void WriteResent(HttpResponse response, IReadOnlyList<string> cures)
    {
        if (cures.Count > 0)
            response.Headers[GatewayHeaders.Resent] = string.Join(", ", cures.Distinct());
    }

    public static void WriteAccounting(HttpResponse response, bool estimated, in AnswerUsage usage)
    {
        if (estimated)
            response.Headers[GatewayHeaders.UsageEstimated] = "true";
        if (usage.ServiceTier is { } tier)
            response.Headers[GatewayHeaders.ServiceTier] = Uri.EscapeDataString(tier);
        if (usage.ProviderCost is { } cost)
            response.Headers[GatewayHeaders.ProviderCost] = cost.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The names include the client's own, so what a header can't carry is replaced.</summary>
    public static void WriteDropped(HttpResponse response, TranslationRequest request)
    {
        if (request.Call.Request.Dropped.Names.Count == 0)
            return;
        var names = request.Call.Request.Dropped.ToString();
        if (names.Length > MaxDroppedCharacters)
            names = string.Concat(names.AsSpan(0, MaxDroppedCharacters), "…");
        response.Headers[GatewayHeaders.Dropped] = string.Concat(names.Select(c => c is >= ' ' and <= '~' ? c : '?'));
    }
}
