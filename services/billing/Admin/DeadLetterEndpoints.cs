using System.Text;
using Dapr;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Admin;

internal static class DeadLetterEndpoints
{
    public static async Task<IResult> ListAsync(string? limit, string? after, IActorProxyFactory actors)
    {
        if (!Paging.TryLimit(limit, out var count, out var problem) || !Paging.TryAfter(after, out var last, out problem))
            return problem!;
        return Results.Json(await Letters(actors).ListAsync(new IndexQuery { After = last, Limit = count }), AdminJson.Default.DeadLetterList);
    }

    public static async Task<IResult> GetAsync(string id, IActorProxyFactory actors) =>
        await FindAsync(id, actors) is { } letter ? Results.Json(letter, AdminJson.Default.DeadLetter) : NotFound(id);

    /// <summary>Tries all of them once more, as if they were delivered now; accounts that have counted an event already do not count it again.</summary>
    public static async Task<IResult> ReplayAllAsync(IActorProxyFactory actors, UsageRecorder recorder, ILogger<UsageRecorder> log)
    {
        var letters = Letters(actors);
        int replayed = 0, failed = 0;
        for (long after = 0; ;)
        {
            var page = await letters.ListAsync(new IndexQuery { After = after, Limit = Paging.MaxLimit });
            foreach (var letter in page.Data)
            {
                if (await FailureAsync(letter, letter.Body, letters, recorder, log) is null)
                    replayed++;
                else
                    failed++;
            }

            if (!Paging.TryAfter(page.NextAfter, out after, out _) || page.NextAfter is null)
                break;
        }

        return Results.Json(new ReplayResult { Replayed = replayed, Failed = failed }, AdminJson.Default.ReplayResult);
    }

    /// <summary>One letter: as it is, or as the event in the body corrects it.</summary>
    public static async Task<IResult> ReplayAsync(string id, HttpRequest request, IActorProxyFactory actors, UsageRecorder recorder, ILogger<UsageRecorder> log)
    {
        var letters = Letters(actors);
        if (await FindAsync(id, actors) is not { } letter)
            return NotFound(id);
        var corrected = await KeyEndpoints.BodyAsync(request);
        if (corrected.Length > 0 && UsageEndpoints.Parse(Encoding.UTF8.GetBytes(corrected), out var mistake) is null)
            return Problems.Invalid("event", mistake);
        if (corrected.Length == 0 && UsageEndpoints.Parse(Encoding.UTF8.GetBytes(letter.Body), out mistake) is null)
            return Problems.Conflict($"This letter is no usage event: {mistake}. Send the corrected event as the body, or discard it with DELETE.");
        if (await FailureAsync(letter, corrected.Length > 0 ? corrected : letter.Body, letters, recorder, log) is not null)
            return Problems.Unavailable();
        Log.Replayed(log, id, corrected.Length > 0);
        return Results.Json(new ReplayResult { Replayed = 1, Failed = 0 }, AdminJson.Default.ReplayResult);
    }

    public static async Task<IResult> DiscardAsync(string id, IActorProxyFactory actors, ILogger<UsageRecorder> log)
    {
        if (await FindAsync(id, actors) is not { } letter)
            return NotFound(id);
        await Letters(actors).RemoveAsync(id);
        Log.Discarded(log, id, letter.Body.Length, letter.Reason);
        return Results.NoContent();
    }

    /// <summary>Takes the event and removes the letter; else the reason why not, which the letter then says.</summary>
    private static async Task<string?> FailureAsync(DeadLetter letter, string body, IDeadLettersActor letters, UsageRecorder recorder, ILogger log)
    {
        var json = Encoding.UTF8.GetBytes(body);
        if (UsageEndpoints.Parse(json, out var reason) is { } e)
        {
            if (body != letter.Body)
                json = UsageJson.Write(e = LetterNumber.Of(letter.Body).Put(e));
            var delivery = new UsageDelivery(e, json);
            await recorder.RecordAsync([delivery]);
            try
            {
                if (delivery.Failure is null)
                {
                    await letters.RemoveAsync(letter.Id);
                    return null;
                }

                reason = delivery.Failure.Message;
            }
            catch (Exception failure) when (failure is DaprException or HttpRequestException)
            {
                reason = failure.Message;
            }
        }

        Log.ReplayFailed(log, letter.Id, reason);
        if (reason != letter.Reason)
            await letters.ExplainAsync(letter with { Reason = reason });
        return reason;
    }

    private static async Task<DeadLetter?> FindAsync(string id, IActorProxyFactory actors) => (await Letters(actors).FindAsync(id)).Data is [var letter] ? letter : null;

    private static IResult NotFound(string id) => Problems.NotFound($"dead letter {id}");

    private static IDeadLettersActor Letters(IActorProxyFactory actors) =>
        actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters);
}
