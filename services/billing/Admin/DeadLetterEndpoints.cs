using System.Text;
using Dapr;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

internal static class DeadLetterEndpoints
{
    public static async Task<IResult> ListAsync(string? limit, string? after, IActorProxyFactory actors)
    {
        if (!Paging.TryLimit(limit, out var count, out var problem) || !Paging.TryAfter(after, out var last, out problem))
            return problem!;
        return Results.Json(await Letters(actors).ListAsync(new IndexQuery { After = last, Limit = count }), AdminJson.Default.DeadLetterList);
    }

    /// <summary>Tries all of them once more, as if they were delivered now; accounts that have counted an event already do not count it again.</summary>
    public static async Task<IResult> ReplayAsync(IActorProxyFactory actors, UsageRecorder recorder, ILogger<UsageRecorder> log)
    {
        var letters = Letters(actors);
        int replayed = 0, failed = 0;
        for (long after = 0; ;)
        {
            var page = await letters.ListAsync(new IndexQuery { After = after, Limit = Paging.MaxLimit });
            foreach (var letter in page.Data)
            {
                if (await ReplayAsync(letter, recorder, log))
                {
                    await letters.RemoveAsync(letter.Id);
                    replayed++;
                }
                else
                {
                    failed++;
                }
            }

            if (!Paging.TryAfter(page.NextAfter, out after, out _) || page.NextAfter is null)
                break;
        }

        return Results.Json(new ReplayResult { Replayed = replayed, Failed = failed }, AdminJson.Default.ReplayResult);
    }

    private static async Task<bool> ReplayAsync(DeadLetter letter, UsageRecorder recorder, ILogger log)
    {
        if (UsageEndpoints.Parse(Encoding.UTF8.GetBytes(letter.Body), out var reason) is not { } e)
        {
            Log.ReplayFailed(log, letter.Id, reason);
            return false;
        }

        try
        {
            await recorder.RecordAsync(e);
            return true;
        }
        catch (Exception failure) when (failure is DaprException or HttpRequestException)
        {
            Log.ReplayFailed(log, letter.Id, failure.Message);
            return false;
        }
    }

    private static IDeadLettersActor Letters(IActorProxyFactory actors) =>
        actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters);
}
