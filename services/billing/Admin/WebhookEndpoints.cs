using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Billing.Usage;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Webhooks: events for systems that are called instead of asking.</summary>
internal static class WebhookEndpoints
{
    public static void Map(RouteGroupBuilder webhooks)
    {
        webhooks.MapPost("", CreateAsync).WithName("createWebhook").WithMetadata(AdminRule.MakeWebhooks);
        webhooks.MapGet("", ListAsync).WithName("listWebhooks").WithMetadata(AdminRule.ListWebhooks);
        webhooks.MapGet("/{id}", GetAsync).WithName("getWebhook").WithMetadata(AdminRule.SeeWebhook);
        webhooks.MapPatch("/{id}", ChangeAsync).WithName("changeWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapDelete("/{id}", DeleteAsync).WithName("deleteWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/pause", PauseAsync).WithName("pauseWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/resume", ResumeAsync).WithName("resumeWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/rotate", RotateAsync).WithName("rotateWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/test", TestAsync).WithName("testWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/replay", ReplayAsync).WithName("replayWebhook").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapGet("/{id}/dead-letters", ListLettersAsync).WithName("listWebhookDeadLetters").WithMetadata(AdminRule.SeeWebhook);
        webhooks.MapPost("/{id}/dead-letters/replay", ReplayLettersAsync).WithName("replayWebhookDeadLetters").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapPost("/{id}/dead-letters/{letter}/replay", ReplayLetterAsync).WithName("replayWebhookDeadLetter").WithMetadata(AdminRule.ChangeGroup);
        webhooks.MapDelete("/{id}/dead-letters/{letter}", DiscardLetterAsync).WithName("discardWebhookDeadLetter").WithMetadata(AdminRule.ChangeGroup);
    }

    /// <summary>Create a webhook</summary>
    /// <remarks>
    /// Events are posted to it as a batch of CloudEvents (<c>application/cloudevents-batch+json</c>), signed as Standard Webhooks has it, at least once, and
    /// those of a key in their order. The secret is in this answer only. It takes <c>GATEWAY_EVENT_FEED</c>.
    /// </remarks>
    /// <param name="body">Where to, and which events. A member that is not known is refused.</param>
    /// <response code="201">The webhook, with <c>secret</c>.</response>
    /// <response code="409">
    /// No feed of events is kept, there are as many webhooks as there can be, or the idempotency key has been used for another body.
    /// </response>
    public static async Task<Results<Created<WebhookView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<WebhookSettings> body, [AsParameters] IdempotencyKey once, EventFeed feed, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        if (!feed.IsKept)
            return new ConflictProblem("No feed of events is kept, which webhooks are delivered from. Set GATEWAY_EVENT_FEED to true at billing.");
        var result = await KeyEndpoints.Directory(actors).CreateWebhookAsync(
            Command(context, null) with { Body = body.Text, IdempotencyKey = once.Value });
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Webhook: { } webhook } => TypedResults.Created(
                $"{InternalRoutes.Admin}/webhooks/{webhook.Id}", WebhookView.Of(webhook) with { Secret = result.Secret }),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    /// <summary>List webhooks</summary>
    /// <remarks>All of them, in the order they were made; there are at most 200.</remarks>
    public static async Task<Ok<WebhookList>> ListAsync(IActorProxyFactory actors, HttpContext context)
    {
        var query = new ListQuery { Limit = PageQuery.MaxLimit, Scope = AdminGuard.CallerOf(context).Scope };
        var page = await KeyEndpoints.Directory(actors).ListWebhooksAsync(query);
        return TypedResults.Ok(new WebhookList { Data = [.. page.Webhooks.Select(WebhookView.Of)] });
    }

    /// <summary>Get a webhook</summary>
    /// <remarks>What it is for, and how it stands: what was delivered, what failed last, since when events wait.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        await FindAsync(id, actors) is { } webhook
            ? TypedResults.Ok(WebhookView.Of(webhook) with { Status = await Actor(id, actors).GetStatusAsync() })
            : NotFound(id);

    /// <summary>Change a webhook</summary>
    /// <remarks>
    /// A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. A delivery that waits is tried at once. A kind of event (of usage, or of the
    /// others) that was not wanted before begins now.
    /// </remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> ChangeAsync(
        string id, JsonBody<WebhookSettings> body, IActorProxyFactory actors, HttpContext context)
    {
        var result = await KeyEndpoints.Directory(actors).UpdateWebhookAsync(Command(context, id) with { Body = body.Text });
        return result.Errors is { } errors ? new InvalidProblem(errors) : Answer(id, result);
    }

    /// <summary>Delete a webhook</summary>
    /// <remarks>Nothing is sent any more; its dead letters are gone. The events stay in the feed.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> DeleteAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await KeyEndpoints.Directory(actors).DeleteWebhookAsync(Command(context, id)));

    /// <summary>Pause a webhook</summary>
    /// <remarks>Nothing is sent until it is resumed; what comes meanwhile is sent then, as long as it is kept.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> PauseAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await KeyEndpoints.Directory(actors).PauseWebhookAsync(Command(context, id) with { Paused = true }));

    /// <summary>Resume a webhook</summary>
    /// <remarks>What waits is sent at once, also where its receiver had said that it is gone (410).</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> ResumeAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Answer(id, await KeyEndpoints.Directory(actors).PauseWebhookAsync(Command(context, id)));

    /// <summary>Rotate a webhook's secret</summary>
    /// <remarks>A new secret at once, in this answer only; for an overlap deliveries carry a signature of the old one, too.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    /// <param name="body">How long the overlap is; without a body, a day.</param>
    /// <response code="200">The webhook, with the new <c>secret</c>.</response>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> RotateAsync(
        string id, JsonBody<WebhookRotation>? body, IActorProxyFactory actors, HttpContext context)
    {
        var rotation = new WebhookRotation();
        if (body is not null && SettingsReader.Read<WebhookRotation>(body.Text, null, out var errors) is var given)
        {
            if (given is null || errors.Count > 0)
                return new InvalidProblem(errors);
            rotation = given;
        }

        if (rotation.OverlapSeconds is < 0 or > RotateRequest.MaxOverlapSeconds)
            return new InvalidProblem("overlapSeconds", $"From 0 to {RotateRequest.MaxOverlapSeconds} seconds.");
        return Answer(id, await KeyEndpoints.Directory(actors).RotateWebhookAsync(Command(context, id) with { OverlapSeconds = rotation.OverlapSeconds }));
    }

    /// <summary>Test a webhook</summary>
    /// <remarks>One delivery now, of one event of type <c>gateway.webhook.test.v1</c>, also where the webhook is paused. It is not tried again.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookTestResult>, NotFoundProblem>> TestAsync(
        string id, WebhookSender sender, IActorProxyFactory actors, HttpContext context)
    {
        if (await FindAsync(id, actors) is not { } webhook)
            return NotFound(id);
        await AuditEndpoints.AddAsync(context, actors, "webhook.tested", id);
        var outcome = await sender.TestAsync(webhook);
        return TypedResults.Ok(new WebhookTestResult
        {
            Delivered = outcome.Failure is null,
            MessageId = outcome.MessageId!,
            Failure = outcome.Failure,
        });
    }

    /// <summary>Begin a webhook anew</summary>
    /// <remarks>Delivers events again from a time, or a place of the feed, on; or goes on from a later one, and leaves out what is before it.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    /// <param name="body">From where on.</param>
    public static async Task<Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem>> ReplayAsync(
        string id, JsonBody<WebhookReplayRequest> body, IActorProxyFactory actors, HttpContext context)
    {
        var request = SettingsReader.Read<WebhookReplayRequest>(body.Text, null, out var errors);
        if (request is null || errors.Count > 0)
            return new InvalidProblem(errors);
        if (request is { Since: null } == request is { After: null })
            return new InvalidProblem("since", "A time, or in its place after: a place of the feed.");
        if (request.After is { } after && FeedCursor.Of(after) is null)
            return new InvalidProblem("after", "A place of the feed: nextAfter of GET /admin/v1/events.");
        if (await FindAsync(id, actors) is not { } webhook)
            return NotFound(id);
        await AuditEndpoints.AddAsync(context, actors, "webhook.replayed", id, after: request);
        await Actor(id, actors).ReplayAsync(new WebhookReplay { Since = request.Since, Place = request.After });
        return TypedResults.Ok(WebhookView.Of(webhook) with { Status = await Actor(id, actors).GetStatusAsync() });
    }

    /// <summary>List a webhook's dead letters</summary>
    /// <remarks>Deliveries that were not taken within the time that they are tried. Those that are being replayed are not listed.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static async Task<Results<Ok<WebhookLetterList>, NotFoundProblem>> ListLettersAsync(string id, IActorProxyFactory actors) =>
        await FindAsync(id, actors) is null
            ? NotFound(id)
            : TypedResults.Ok(new WebhookLetterList { Data = await Actor(id, actors).ListLettersAsync() });

    /// <summary>Replay a webhook's dead letters</summary>
    /// <remarks>Delivers each once more, before what else waits; one that is not taken is a dead letter again.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    public static Task<Results<Ok<QueuedLetters>, NotFoundProblem>> ReplayLettersAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        QueueAsync(id, null, actors, context);

    /// <summary>Replay a dead letter of a webhook</summary>
    /// <remarks>Delivers it once more; one that is not taken is a dead letter again.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    /// <param name="letter" example="msg_5f3a0c7be1d2494c8a60">The letter's id.</param>
    public static Task<Results<Ok<QueuedLetters>, NotFoundProblem>> ReplayLetterAsync(
        string id, string letter, IActorProxyFactory actors, HttpContext context) =>
        QueueAsync(id, letter, actors, context);

    /// <summary>Discard a dead letter of a webhook</summary>
    /// <remarks>It is not delivered; its events stay in the feed.</remarks>
    /// <param name="id" example="wh_8KqZ2Lmc">The webhook's id.</param>
    /// <param name="letter" example="msg_5f3a0c7be1d2494c8a60">The letter's id.</param>
    public static async Task<Results<NoContent, NotFoundProblem>> DiscardLetterAsync(
        string id, string letter, IActorProxyFactory actors, HttpContext context)
    {
        if (await FindAsync(id, actors) is null)
            return NotFound(id);
        await AuditEndpoints.AddAsync(context, actors, "webhook.letter_discarded", id, after: new { letter });
        return await Actor(id, actors).DiscardLetterAsync(letter) ? TypedResults.NoContent() : new NotFoundProblem($"dead letter {letter}");
    }

    private static async Task<Results<Ok<QueuedLetters>, NotFoundProblem>> QueueAsync(
        string id, string? letter, IActorProxyFactory actors, HttpContext context)
    {
        if (await FindAsync(id, actors) is null)
            return NotFound(id);
        await AuditEndpoints.AddAsync(context, actors, "webhook.letters_replayed", id, after: new { letter = letter ?? "all" });
        var count = await Actor(id, actors).ReplayLettersAsync(letter);
        return count == 0 && letter is not null
            ? new NotFoundProblem($"dead letter {letter}")
            : TypedResults.Ok(new QueuedLetters { Queued = count });
    }

    private static async Task<WebhookRecord?> FindAsync(string id, IActorProxyFactory actors) =>
        (await KeyEndpoints.Directory(actors).GetWebhookAsync(new WebhookCommand { Id = id, By = AdminCaller.Gateway })).Webhook;

    private static WebhookCommand Command(HttpContext context, string? id) => new() { By = AdminGuard.CallerOf(context), Id = id };

    private static IWebhookActor Actor(string id, IActorProxyFactory actors) => actors.CreateActorProxy<IWebhookActor>(new ActorId(id), ActorTypes.Webhook);

    private static NotFoundProblem NotFound(string id) => new($"webhook {id}");

    private static Results<Ok<WebhookView>, InvalidProblem, NotFoundProblem> Answer(string id, WebhookResult result) => result.Webhook is { } webhook
        ? TypedResults.Ok(WebhookView.Of(webhook) with { Secret = result.Secret })
        : NotFound(id);
}
