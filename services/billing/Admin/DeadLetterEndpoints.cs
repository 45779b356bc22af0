using System.Globalization;
using System.Text;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

internal static class DeadLetterEndpoints
{
    private const int MaxAudited = 4_000;

    public static void Map(RouteGroupBuilder letters)
    {
        letters.MapGet("", ListAsync).WithName("listDeadLetters").WithMetadata(AdminRule.Inspect);
        letters.MapPost("/replay", ReplayAllAsync).WithName("replayDeadLetters").WithMetadata(AdminRule.Operate);
        letters.MapGet("/{id}", GetAsync).WithName("getDeadLetter").WithMetadata(AdminRule.Inspect);
        letters.MapPost("/{id}/replay", ReplayAsync).WithName("replayDeadLetter").WithMetadata(AdminRule.Operate);
        letters.MapDelete("/{id}", DiscardAsync).WithName("discardDeadLetter").WithMetadata(AdminRule.Operate);
    }

    /// <summary>List dead letters</summary>
    /// <remarks>Usage events that could not be taken, each with the reason.</remarks>
    public static async Task<Results<Ok<DeadLetterList>, InvalidProblem>> ListAsync([AsParameters] PageQuery page, IActorProxyFactory actors) =>
        page.TryNumbers(out var limit, out var after, out var problem)
            ? TypedResults.Ok(await Letters(actors).ListAsync(new IndexQuery { After = after, Limit = limit }))
            : problem!;

    /// <summary>Get a dead letter</summary>
    /// <remarks>The event as it came, and why it was not taken.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The letter's id.</param>
    public static async Task<Results<Ok<DeadLetter>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        await FindAsync(id, actors) is { } letter ? TypedResults.Ok(letter) : NotFound(id);

    /// <summary>Replay dead letters</summary>
    /// <remarks>Tries all of them once more; accounts that have counted an event already do not count it again.</remarks>
    public static async Task<Ok<ReplayResult>> ReplayAllAsync(
        IActorProxyFactory actors, UsageRecorder recorder, ILogger<UsageRecorder> log, HttpContext context)
    {
        await AuditEndpoints.AddAsync(context, actors, "dead_letters.replayed", "all");
        var letters = Letters(actors);
        int replayed = 0, failed = 0;
        for (long? after = 0; after is { } from;)
        {
            var page = await letters.ListAsync(new IndexQuery { After = from, Limit = PageQuery.MaxLimit });
            foreach (var letter in page.Data)
            {
                if (await FailureAsync(letter, letter.Body, letters, recorder, log) is null)
                    replayed++;
                else
                    failed++;
            }

            after = page.NextAfter is { } next ? long.Parse(next, CultureInfo.InvariantCulture) : null;
        }

        return TypedResults.Ok(new ReplayResult { Replayed = replayed, Failed = failed });
    }

    /// <summary>Replay a dead letter</summary>
    /// <remarks>Takes it once more as it is, or as the event in the body corrects it; then it is gone.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The letter's id.</param>
    /// <param name="body" example='{"request_id":"req_018EeWyXxfu5pfWkrYcMdjWG","key_id":"key_4QmVXb2s","time":"2026-11-29T08:00:00+00:00",
    /// "surface":"/v1/messages","requested_model":"claude-sonnet-4-5","model":"anthropic/claude-sonnet-4.5","provider":"anthropic",
    /// "upstream_model":"claude-sonnet-4-5","stream":true,"outcome":"completed","status":200,"usage":{"input_tokens":12,"output_tokens":34},
    /// "latency_ms":812.5,"attempts":1}'>The corrected event. It takes the number of its letter by itself.</param>
    /// <response code="409">The letter is no usage event: send the corrected one, or discard it.</response>
    public static async Task<Results<Ok<ReplayResult>, InvalidProblem, NotFoundProblem, ConflictProblem, ProblemHttpResult>> ReplayAsync(
        string id, JsonBody<UsageEvent>? body, IActorProxyFactory actors, UsageRecorder recorder, ILogger<UsageRecorder> log, HttpContext context)
    {
        if (await FindAsync(id, actors) is not { } letter)
            return NotFound(id);
        if (body is not null && EventReader.Read(Encoding.UTF8.GetBytes(body.Text), out var mistake) is null)
            return new InvalidProblem("event", mistake);
        if (body is null && EventReader.Read(Encoding.UTF8.GetBytes(letter.Body), out mistake) is null)
            return new ConflictProblem($"This letter is no usage event: {mistake}. Send the corrected event as the body, or discard it with DELETE.");
        var corrected = body is null ? null : Shown(letter with { Body = body.Text });
        await AuditEndpoints.AddAsync(context, actors, "dead_letter.replayed", id, Shown(letter), corrected);
        if (await FailureAsync(letter, body?.Text ?? letter.Body, Letters(actors), recorder, log) is not null)
            return Problems.Unavailable();
        Log.Replayed(log, id, body is not null);
        return TypedResults.Ok(new ReplayResult { Replayed = 1, Failed = 0 });
    }

    /// <summary>Discard a dead letter</summary>
    /// <remarks>For what never was a usage event. It is counted nowhere.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The letter's id.</param>
    public static async Task<Results<NoContent, NotFoundProblem>> DiscardAsync(
        string id, IActorProxyFactory actors, ILogger<UsageRecorder> log, HttpContext context)
    {
        if (await FindAsync(id, actors) is not { } letter)
            return NotFound(id);
        await AuditEndpoints.AddAsync(context, actors, "dead_letter.discarded", id, Shown(letter));
        await Letters(actors).RemoveAsync(id);
        Log.Discarded(log, id, letter.Body.Length, letter.Reason);
        return TypedResults.NoContent();
    }

    /// <summary>Takes the event and removes the letter; else the reason why not, which the letter then says.</summary>
    private static async Task<string?> FailureAsync(DeadLetter letter, string body, IDeadLettersActor letters, UsageRecorder recorder, ILogger log)
    {
        var json = Encoding.UTF8.GetBytes(body);
        if (EventReader.Read(json, out var reason) is { } e)
        {
            if (body != letter.Body)
                json = UsageJson.Write(e = LetterNumber.Of(letter.Body).Put(e));
            try
            {
                await recorder.RecordAsync(new UsageDelivery(e, json));
                await letters.RemoveAsync(letter.Id);
                return null;
            }
            catch (Exception failure)
            {
                reason = failure.Message;
            }
        }

        Log.ReplayFailed(log, letter.Id, reason);
        if (reason != letter.Reason)
            await letters.ExplainAsync(letter with { Reason = reason });
        return reason;
    }

    /// <summary>For the audit trail, which is no place for the megabytes that somebody may have published.</summary>
    private static DeadLetter Shown(DeadLetter letter) =>
        letter.Body.Length <= MaxAudited ? letter : letter with { Body = letter.Body[..MaxAudited] + "…" };

    private static async Task<DeadLetter?> FindAsync(string id, IActorProxyFactory actors) =>
        (await Letters(actors).FindAsync(id)).Data is [var letter] ? letter : null;

    private static NotFoundProblem NotFound(string id) => new($"dead letter {id}");

    private static IDeadLettersActor Letters(IActorProxyFactory actors) =>
        actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters);
}
