using System.Globalization;
using Gateway.Contracts.Names;

namespace Gateway.Translator;

internal static class AnswerHeaders
{
    private const int MostDroppedCharacters = 1_000;

    public static void Write(HttpResponse response, TranslationRequest request, int attempts)
    {
        response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
        WriteDropped(response, request);
    }

    /// <summary>The names include the client's own, so what a header can't carry is replaced.</summary>
    public static void WriteDropped(HttpResponse response, TranslationRequest request)
    {
        if (request.Call.Request.Dropped.Names.Count == 0)
            return;
        var names = request.Call.Request.Dropped.ToString();
        if (names.Length > MostDroppedCharacters)
            names = string.Concat(names.AsSpan(0, MostDroppedCharacters), "…");
        response.Headers[GatewayHeaders.Dropped] = string.Concat(names.Select(c => c is >= ' ' and <= '~' ? c : '?'));
    }
}
