using Dapr.Actors;

namespace Gateway.Billing.Webhooks;

/// <summary>
/// One webhook: how far it is. It alone decides what is sent next, so that there is one sender, however many replicas there are; the sending itself is beside
/// its turns, so that a slow receiver keeps no admin call waiting.
/// </summary>
public interface IWebhookActor : IActor
{
    /// <summary>The webhook is made or changed, or is gone.</summary>
    Task ConfigureAsync(WebhookRecord webhook);

    Task<WebhookStatus> GetStatusAsync();

    /// <summary>What is to be sent now; null: nothing.</summary>
    Task<WebhookStep?> NextAsync();

    /// <summary>Says what became of it; false when it is not what was to be done any more.</summary>
    Task<bool> DoneAsync(WebhookOutcome outcome);

    /// <summary>Goes back, or forward, to a place.</summary>
    Task ReplayAsync(WebhookReplay replay);

    Task<IReadOnlyList<WebhookLetter>> ListLettersAsync();

    /// <summary>Delivers a letter once more, or all for null; how many.</summary>
    Task<int> ReplayLettersAsync(string? id);

    /// <summary>Throws a letter away; false when there is none.</summary>
    Task<bool> DiscardLetterAsync(string id);
}
