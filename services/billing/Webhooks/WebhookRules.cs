using System.Net;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Webhooks;

/// <summary>What a webhook's settings must keep to, every mistake listed by its field.</summary>
internal static class WebhookRules
{
    private const int MaxName = 200;
    private const int MaxUrl = 2_000;

    public static readonly IReadOnlyList<string> Types =
    [
        EventTypes.UsageRecorded, EventTypes.QuotaWarning, EventTypes.QuotaExceeded, EventTypes.RequestsRefused, EventTypes.KeyChanged,
        EventTypes.AuditRecorded,
    ];

    public static Dictionary<string, string[]> Check(WebhookSettings settings, WebhookOptions options)
    {
        var mistakes = new Dictionary<string, string[]>();
        if (settings.Name is { } name && (name.Length > MaxName || string.IsNullOrWhiteSpace(name)))
            mistakes["name"] = [$"1 to {MaxName} characters, or null or nothing for none."];
        if (UrlMistake(settings.Url, options) is { } mistake)
            mistakes["url"] = [mistake];
        CheckTypes(settings, mistakes);
        if (settings.Scope is { } scope && (!AccountIds.IsPossible(scope) || !AccountIds.IsGroup(scope)))
            mistakes["scope"] = ["The id of a team or an organisation; null or nothing is everything."];
        if (settings.BatchSize is < 1 or > WebhookSettings.MostBatchSize)
            mistakes["batchSize"] = [$"Between 1 and {WebhookSettings.MostBatchSize}; null or nothing is {WebhookSettings.DefaultBatchSize}."];
        if (settings.GiveUpHours is < 1 or > WebhookSettings.MostGiveUpHours)
            mistakes["giveUpHours"] = [$"Between 1 and {WebhookSettings.MostGiveUpHours}; null or nothing is {WebhookSettings.DefaultGiveUpHours}."];
        return mistakes;
    }

    private static void CheckTypes(WebhookSettings settings, Dictionary<string, string[]> mistakes)
    {
        if (settings.Types is not { } types)
            return;
        if (types.Count == 0)
            mistakes["types"] = [$"Some of {string.Join(", ", Types)}; null or nothing is {EventTypes.UsageRecorded}."];
        for (var i = 0; i < types.Count; i++)
        {
            if (!Types.Contains(types[i]))
                mistakes[$"types[{i}]"] = [$"One of {string.Join(", ", Types)}."];
            else if (types[i] == EventTypes.AuditRecorded && settings.Scope is not null)
                mistakes[$"types[{i}]"] = ["The audit trail is about everything: leave the scope out, or this type."];
        }
    }

    private static string? UrlMistake(string? text, WebhookOptions options)
    {
        if (text is null || text.Length > MaxUrl || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http"))
            return $"An address that begins with https://, of at most {MaxUrl} characters.";
        if (url.UserInfo.Length > 0)
            return "It has credentials in it. Deliveries are signed instead: see webhook-signature.";
        if (url.Fragment.Length > 0)
            return "What is behind # is not sent. Leave it out.";
        if (options.Trusts(url.IdnHost))
            return null;
        if (url.Scheme == "http")
            return "It takes https, or a host that GATEWAY_WEBHOOK_HOSTS names.";
        return IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) && !PublicAddresses.Allows(address, [])
            ? "Its address is not of the Internet. GATEWAY_WEBHOOK_HOSTS names hosts that are meant all the same."
            : null;
    }
}
