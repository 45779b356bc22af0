using System.Text.Json.Nodes;
using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Names;
using Microsoft.Extensions.Primitives;

namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>The settings of a webhook as fields of a form, and back as what the admin API takes.</summary>
public sealed class WebhookForm : FormFields
{
    /// <summary>What may be sent, and what that is.</summary>
    public static readonly IReadOnlyList<(string Type, string Meaning)> AllTypes =
    [
        (EventTypes.UsageRecorded, "requests that have ended, with tokens and cost"),
        (EventTypes.RequestsRefused, "requests that were refused, by key"),
        (EventTypes.QuotaWarning, "a budget nears its end"),
        (EventTypes.QuotaExceeded, "a limit or budget is used up"),
        (EventTypes.KeyChanged, "keys that were made, changed, ended"),
        (EventTypes.AuditRecorded, "every change by an admin"),
    ];

    private static readonly string[] Filters = ["keyId", "teamId", "model", "provider", "outcome"];

    public WebhookForm() => Set("types", EventTypes.UsageRecorded);

    public WebhookForm(IEnumerable<KeyValuePair<string, StringValues>> sent)
        : base(sent)
    {
    }

    public static WebhookForm Of(Webhook webhook)
    {
        var form = new WebhookForm();
        form.Set("name", webhook.Name);
        form.Set("url", webhook.Url);
        form.Set("types", webhook.Types);
        form.Set("keyId", webhook.Filter?.KeyId);
        form.Set("teamId", webhook.Filter?.TeamId);
        form.Set("model", webhook.Filter?.Model);
        form.Set("provider", webhook.Filter?.Provider);
        form.Set("outcome", webhook.Filter?.Outcome);
        form.Set("batchSize", (long?)webhook.BatchSize);
        form.Set("giveUpHours", (long?)webhook.GiveUpHours);
        return form;
    }

    public bool Wants(string type) => List("types")?.Any(t => (string?)t == type) is true;

    /// <summary>What a webhook is made of.</summary>
    public JsonObject ToNew()
    {
        var body = ToPatch();
        (body["scope"], body["since"]) = (Text("scope"), Time("since"));
        return WithoutNulls(body);
    }

    /// <summary>A merge patch: an emptied field removes what it said.</summary>
    public JsonObject ToPatch() => new()
    {
        ["name"] = Text("name"),
        ["url"] = Text("url"),
        ["types"] = List("types"),
        ["filter"] = Filters.All(f => Text(f) is null) ? null : new JsonObject(Filters.Select(f => KeyValuePair.Create(f, (JsonNode?)Text(f)))),
        ["batchSize"] = Number("batchSize"),
        ["giveUpHours"] = Number("giveUpHours"),
    };
}
