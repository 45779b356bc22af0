using Gateway.Billing.Accounts;

namespace Gateway.Billing.Webhooks;

/// <summary>How far a webhook is.</summary>
internal sealed record WebhookState
{
    /// <summary>The place in the feed behind what is delivered, or given up.</summary>
    public required string Place { get; set; }

    /// <summary>Earlier events are not for it.</summary>
    public required DateTimeOffset Since { get; set; }

    /// <summary>Grows with each step: what a sender reports of another one is not true any more.</summary>
    public long Step { get; set; }

    /// <summary>The place behind the delivery that is being tried: it is the same at each attempt. Null: none has failed.</summary>
    public string? TriedTo { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? FirstTriedAt { get; set; }
    public DateTimeOffset? RetryAt { get; set; }

    /// <summary>The time of the first event that waits; null: none does, as far as was seen.</summary>
    public DateTimeOffset? BehindSince { get; set; }

    /// <summary>Its receiver has said that it is gone for good (410): nothing is sent until somebody changes or resumes it.</summary>
    public DateTimeOffset? GoneAt { get; set; }
    public DateTimeOffset? LastSuccessAt { get; set; }
    public WebhookFailure? LastFailure { get; set; }
    public long Delivered { get; set; }
    public long Failures { get; set; }
    public List<WebhookLetter> Letters { get; set; } = [];

    /// <summary>Letters that are to be delivered once more, before anything else.</summary>
    public List<WebhookLetter> Replays { get; set; } = [];

    /// <summary>The day by which letters go that are older than events are kept.</summary>
    public BelievedDay? Today { get; set; }

    /// <summary>Letters that went because there were too many.</summary>
    public long LettersLost { get; set; }
}
