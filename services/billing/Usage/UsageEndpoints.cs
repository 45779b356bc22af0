using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.Billing.Usage;

/// <summary>
/// What the usage topic delivers, as the subscriptions in <c>components/</c> say: they stand beside the retry policy they cannot do without,
/// and a second, programmatic subscription would deliver everything twice. Any answer but a 2xx is a failure, tried again by the inbound retry
/// policy and then sent to the dead-letter topic, which ends here too; DROP goes there at once.
/// </summary>
internal static class UsageEndpoints
{
    private const string Success = "SUCCESS";
    private const string Drop = "DROP";
    private const string Retry = "RETRY";

    public static void MapUsageEvents(this WebApplication app)
    {
        app.MapPost(InternalRoutes.UsageEvents, TakeAsync);
        app.MapPost(InternalRoutes.UsageDeadLetters, KeepAsync);
    }

    /// <summary>Null when the bytes are no usage event; then with the reason.</summary>
    public static UsageEvent? Parse(ReadOnlySpan<byte> body, out string reason)
    {
        reason = "";
        try
        {
            var e = UsageJson.Read(body);
            if (e is { RequestId.Length: > 0, KeyId.Length: > 0, Model: not null, Provider: not null, Usage: { } usage, Cost: null or { Currency.Length: > 0 } }
                && usage.Iterations?.All(pass => pass?.Usage is not null) is not false)
                return e;
            reason = "request id, key id, model, provider, usage, the usage of an iteration or the currency of the cost is missing";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is half a character. The field and what is wrong with it: the messages name types and places, not values.
            reason = e.Message;
        }

        return null;
    }

    private static async Task<IResult> TakeAsync(HttpRequest request, UsageRecorder recorder, BillingMetrics metrics, ILogger<UsageRecorder> log)
    {
        using var body = await RequestBodies.ReadAsync(request);
        if (UsageBulk.TryParse(body.WrittenMemory) is { } bulk)
        {
            await TakeAllAsync(bulk, recorder, metrics, log);
            return Results.Bytes(UsageBulk.Answer(bulk), "application/json");
        }

        var single = new UsageBulk.Entry(UsageBulk.Entry.NoId, body.WrittenMemory);
        await TakeAllAsync([single], recorder, metrics, log);
        return Status(single.Status);
    }

    /// <summary>Together, so that each account gets all of its own at once; what goes wrong with one is its own affair.</summary>
    private static async Task TakeAllAsync(List<UsageBulk.Entry> entries, UsageRecorder recorder, BillingMetrics metrics, ILogger log)
    {
        var deliveries = new List<UsageDelivery>(entries.Count);
        var delivered = new List<UsageBulk.Entry>(entries.Count);
        foreach (var entry in entries)
        {
            if (Parse(entry.Data.Span, out var reason) is not { } e)
            {
                Log.Malformed(log, entry.Data.Length, reason);
                entry.Status = Drop;
                continue;
            }

            deliveries.Add(new UsageDelivery(e, entry.Data));
            delivered.Add(entry);
        }

        metrics.Delivered(deliveries.Count);
        try
        {
            await recorder.RecordAsync(deliveries);
        }
        finally
        {
            metrics.Answered(deliveries.Count);
        }

        for (var i = 0; i < deliveries.Count; i++)
        {
            delivered[i].Status = deliveries[i].Failure is null ? Success : Retry;
            if (deliveries[i].Failure is { } failure)
                Log.NotRecorded(log, deliveries[i].Event.RequestId, failure);
        }
    }

    private static async Task<IResult> KeepAsync(
        HttpRequest request, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger<UsageRecorder> log)
    {
        using var received = await RequestBodies.ReadAsync(request);
        var letter = LetterOf(received.WrittenSpan, time.GetUtcNow());
        await actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters).AddAsync(letter);
        metrics.DeadLetter();
        Log.DeadLetter(log, letter.Id, received.WrittenCount);
        return Status(Success);
    }

    private static DeadLetter LetterOf(ReadOnlySpan<byte> body, DateTimeOffset now) => new()
    {
        // By content: the same event fails as one letter, however often it comes.
        Id = Convert.ToHexStringLower(SHA256.HashData(body))[..32],
        ReceivedAt = now,
        Reason = Parse(body, out var reason) is null
            ? reason
            : "not taken within the time that deliveries are tried: its account or the state store could not be reached",
        Body = Encoding.UTF8.GetString(body),
    };

    private static IResult Status(string status) => Results.Text($$"""{"status":"{{status}}"}""", "application/json");
}
