using Dapr.Actors.Runtime;
using Gateway.Billing.Accounts;
using Gateway.Billing.Usage;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Webhooks;

/// <summary>State keys: <c>webhook</c>, as the key directory has it; <c>state</c>.</summary>
internal sealed class WebhookActor(
    ActorHost host, EventFeed feed, WebhookSender sender, AccountOptions accounts, TimeProvider time, BillingMetrics metrics, SidecarStarts starts)
    : PlacedActor(host, starts), IWebhookActor, IRemindable
{
    private const string Send = "send";
    private const string Webhook = "webhook";
    private const string State = "state";
    private const int MostLetters = 200;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>What a receiver may ask to be left alone for, at most.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(6);

    /// <summary>After each attempt; then the last one again and again.</summary>
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
        TimeSpan.FromHours(2), TimeSpan.FromHours(4), LongestDelay,
    ];

    private Task? _sending;
    private volatile bool _stopped;

    private DateTimeOffset Now => time.GetUtcNow();

    public async Task ConfigureAsync(WebhookRecord webhook)
    {
        if (webhook.DeletedAt is not null)
        {
            await UnregisterReminderAsync(Send);
            await StateManager.TryRemoveStateAsync(Webhook);
            await StateManager.TryRemoveStateAsync(State);
            return;
        }

        var state = await StateAsync() ?? new()
        {
            Place = (await feed.PlaceOfAsync(webhook.Settings.Since ?? DateTimeOffset.MaxValue)).ToString(),
            Since = webhook.Settings.Since ?? webhook.CreatedAt,
        };
        if (await StateManager.TryGetStateAsync<WebhookRecord>(Webhook) is { HasValue: true, Value.Settings: var before })
            await BeginAtNowAsync(state, before, webhook.Settings);
        state.GoneAt = null;
        // Whoever changes something wants to see what comes of it.
        state.RetryAt = null;
        await StateManager.SetStateAsync(Webhook, webhook);
        await SaveAsync(state);
        await RegisterReminderAsync(Send, [], LookEvery, LookEvery);
        SendOn();
    }

    public async Task<WebhookStatus> GetStatusAsync()
    {
        var state = await StateAsync();
        return new()
        {
            Delivered = state?.Delivered ?? 0,
            Failures = state?.Failures ?? 0,
            LastSuccessAt = state?.LastSuccessAt,
            LastFailure = state?.LastFailure,
            Attempts = state?.Attempts ?? 0,
            RetryAt = state?.RetryAt,
            BehindSince = state?.BehindSince,
            GoneAt = state?.GoneAt,
            DeadLetters = (state?.Letters.Count ?? 0) + (state?.Replays.Count ?? 0),
            DeadLettersLost = state?.LettersLost ?? 0,
            Place = state?.Place ?? new FeedCursor().ToString(),
        };
    }

    public async Task<WebhookStep?> NextAsync()
    {
        var webhook = await StateManager.TryGetStateAsync<WebhookRecord>(Webhook);
        if (!webhook.HasValue || webhook.Value.PausedAt is not null || await StateAsync() is not { GoneAt: null } state)
            return null;
        if (state.Replays is [var letter, ..])
            return new() { Step = state.Step, Webhook = webhook.Value, From = letter.From, To = letter.To, Since = letter.Since, LetterId = letter.Id };
        return state.RetryAt > Now
            ? null
            : new() { Step = state.Step, Webhook = webhook.Value, From = state.Place, To = state.TriedTo, Since = state.Since };
    }

    public async Task<bool> DoneAsync(WebhookOutcome outcome)
    {
        var webhook = await StateManager.TryGetStateAsync<WebhookRecord>(Webhook);
        if (!webhook.HasValue || await StateAsync() is not { } state || state.Step != outcome.Step)
            return false;
        state.Step++;
        if (outcome.LetterId is not null)
            Replayed(state, outcome);
        else if (outcome.Failure is null)
            Delivered(state, outcome);
        else
            Failed(state, outcome, TimeSpan.FromHours(webhook.Value.Settings.GiveUpHours ?? WebhookSettings.DefaultGiveUpHours));
        if (outcome.MessageId is not null)
            metrics.WebhookDelivery(outcome.Failure is null);
        await SaveAsync(state);
        return true;
    }

    public async Task ReplayAsync(WebhookReplay replay)
    {
        if (await StateAsync() is not { } state)
            return;
        state.Step++;
        state.Place = replay.Place ?? (await feed.PlaceOfAsync(replay.Since!.Value)).ToString();
        state.Since = replay.Since ?? DateTimeOffset.MinValue;
        Begin(state);
        await SaveAsync(state);
        SendOn();
    }

    public async Task<IReadOnlyList<WebhookLetter>> ListLettersAsync() => (await StateAsync())?.Letters ?? [];

    public async Task<int> ReplayLettersAsync(string? id)
    {
        if (await StateAsync() is not { } state)
            return 0;
        var letters = state.Letters.Where(letter => id is null || letter.Id == id).ToList();
        state.Replays.AddRange(letters);
        state.Letters.RemoveAll(letters.Contains);
        await SaveAsync(state);
        SendOn();
        return letters.Count;
    }

    public async Task<bool> DiscardLetterAsync(string id)
    {
        if (await StateAsync() is not { } state || state.Letters.RemoveAll(letter => letter.Id == id) == 0)
            return false;
        await SaveAsync(state);
        return true;
    }

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        SendOn();
        return Task.CompletedTask;
    }

    /// <summary>Another replica may have it next: what is being sent is the last.</summary>
    protected override Task OnDeactivateAsync()
    {
        _stopped = true;
        return Task.CompletedTask;
    }

    private void SendOn()
    {
        if (_sending is null or { IsCompleted: true })
            _sending = SendAllAsync();
    }

    /// <summary>Until nothing is left, or nothing can be done now. Each step is asked for and reported as others ask, in turns of their own.</summary>
    private async Task SendAllAsync()
    {
        // The turn that began it comes to its end first.
        await Task.Yield();
        try
        {
            var self = ProxyFactory.CreateActorProxy<IWebhookActor>(Id, ActorTypes.Webhook);
            while (!_stopped && await self.NextAsync() is { } step)
            {
                var outcome = await sender.SendAsync(step);
                if ((outcome.MessageId is null && outcome.To == outcome.From && outcome.LetterId is null) || !await self.DoneAsync(outcome))
                    return;
            }
        }
        catch (Exception e)
        {
            // The reminder comes again.
            Log.NotSent(Logger, Id.GetId(), e.Message);
        }
    }

    private void Delivered(WebhookState state, WebhookOutcome outcome)
    {
        state.Place = outcome.To;
        Begin(state);
        if (outcome.MessageId is null)
            return;
        state.LastSuccessAt = Now;
        state.Delivered += outcome.Events;
    }

    private void Failed(WebhookState state, WebhookOutcome outcome, TimeSpan giveUp)
    {
        state.Failures++;
        state.LastFailure = new() { At = Now, Reason = outcome.Failure! };
        state.Attempts++;
        state.FirstTriedAt ??= Now;
        state.BehindSince = outcome.FirstEventAt;
        state.TriedTo = outcome.To;
        if (outcome.IsGone)
        {
            state.GoneAt = Now;
            return;
        }

        if (Now - state.FirstTriedAt >= giveUp)
        {
            Add(state, outcome, state.Since, state.Attempts);
            state.Place = outcome.To;
            Begin(state);
            return;
        }

        var delay = Delays[Math.Min(state.Attempts, Delays.Length) - 1];
        if (outcome.RetryAfter > delay)
            delay = outcome.RetryAfter < LongestDelay ? outcome.RetryAfter.Value : LongestDelay;
        // The last attempt is not put off beyond the end.
        var last = state.FirstTriedAt.Value + giveUp;
        state.RetryAt = Now + delay < last ? Now + delay : last;
    }

    /// <summary>Of what a letter has left: it is another delivery to whoever goes by the id.</summary>
    private string RestOf(WebhookLetter letter, string from) =>
        WebhookSender.MessageId(Id.GetId(), FeedCursor.Of(from)!, FeedCursor.Of(letter.To)!);

    private void Replayed(WebhookState state, WebhookOutcome outcome)
    {
        if (state.Replays.Find(letter => letter.Id == outcome.LetterId) is not { } letter)
            return;
        state.Replays.Remove(letter);
        if (outcome.Failure is null)
        {
            state.LastSuccessAt = Now;
            state.Delivered += outcome.Events;
            // Batches have been made smaller since.
            if (outcome.To != letter.To && outcome.To != letter.From)
                state.Replays.Insert(0, letter with { Id = RestOf(letter, outcome.To), From = outcome.To });
        }
        else
        {
            state.Failures++;
            state.LastFailure = new() { At = Now, Reason = outcome.Failure };
            Add(state, outcome with { To = letter.To }, letter.Since, letter.Attempts + 1);
        }
    }

    private void Add(WebhookState state, WebhookOutcome outcome, DateTimeOffset since, int attempts)
    {
        state.Letters.Add(new()
        {
            Id = outcome.MessageId!,
            From = outcome.From,
            To = outcome.To,
            Since = since,
            Events = outcome.Events,
            Attempts = attempts,
            Failure = state.LastFailure!,
        });
        if (outcome.LetterId is null)
        {
            metrics.WebhookDeadLetter();
            Log.WebhookDeadLetter(Logger, Id.GetId(), outcome.MessageId!, outcome.Events, outcome.Failure!);
        }

        if (state.Letters.Count <= MostLetters)
            return;
        state.Letters.RemoveAt(0);
        state.LettersLost++;
    }

    /// <summary>What was not wanted until now begins now: the place did not go on with it.</summary>
    private async Task BeginAtNowAsync(WebhookState state, WebhookSettings before, WebhookSettings settings)
    {
        if ((before.WantsUsage || !settings.WantsUsage) && (before.WantsNotices || !settings.WantsNotices))
            return;
        var (place, now) = (FeedCursor.Of(state.Place)!, await feed.PlaceOfAsync(DateTimeOffset.MaxValue));
        if (!before.WantsUsage)
            now.CopyUsageTo(place);
        if (!before.WantsNotices)
            place.Notices = now.Notices;
        state.Step++;
        state.Place = place.ToString();
        Begin(state);
    }

    private static void Begin(WebhookState state)
    {
        state.TriedTo = null;
        state.Attempts = 0;
        state.FirstTriedAt = state.RetryAt = state.BehindSince = null;
    }

    private async Task<WebhookState?> StateAsync()
    {
        if (await StateManager.TryGetStateAsync<WebhookState>(State) is not { HasValue: true, Value: var state })
            return null;
        // Their events go at that age, so that nothing could be sent again; it is written with whatever comes next.
        var today = BudgetCalendar.Day(Now);
        state.Today = BelievedDay.After(state.Today, today);
        if (state.Today.DoubtedSince is null)
            state.Letters.RemoveAll(letter => BudgetCalendar.Day(letter.Failure.At).AddDays(accounts.RetentionDays) < today);
        return state;
    }

    private async Task SaveAsync(WebhookState state)
    {
        await StateManager.SetStateAsync(State, state);
        await StateManager.SaveStateAsync();
    }
}
