using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.Actors.Client;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>
/// What the usage topic delivers, as the subscriptions in <c>components/</c> say: they stand beside the retry policy they cannot do without,
/// and a second, programmatic subscription would deliver everything twice. Any answer but a 2xx is a failure, tried again by the inbound retry policy and then sent to the dead-letter
/// topic, which ends here too; DROP goes there at once.
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
            var e = JsonSerializer.Deserialize(body, UsageJson.Default.UsageEvent);
            if (e is { RequestId.Length: > 0, KeyId.Length: > 0, Model: not null, Provider: not null, Usage: not null })
                return e;
            reason = "request id, key id, model, provider or usage is missing";
        }
        catch (JsonException e)
        {
            // The field and what is wrong with it: the messages name types and places, not values.
            reason = e.Message;
        }

        return null;
    }

    private static async Task<IResult> TakeAsync(HttpRequest request, UsageRecorder recorder, BillingMetrics metrics, ILogger<UsageRecorder> log)
    {
        var body = await ReadAsync(request);
        if (UsageBulk.TryParse(body) is not { } bulk)
            return Status(await TakeOneAsync(body, recorder, metrics, log));
        // Side by side, so that each account gets all of its own at once; what goes wrong with one is its own affair.
        var statuses = await Task.WhenAll(bulk.Entries.Select(entry => TakeOneAsync(UsageBulk.DataOf(entry.Event), recorder, metrics, log)));
        return Results.Bytes(UsageBulk.Answer(bulk, statuses), "application/json");
    }

    private static Task<string> TakeOneAsync(ReadOnlySpan<byte> data, UsageRecorder recorder, BillingMetrics metrics, ILogger log)
    {
        if (Parse(data, out var reason) is { } e)
            return RecordAsync(e, recorder, metrics, log);
        Log.Malformed(log, data.Length, reason);
        return Task.FromResult(Drop);
    }

    private static async Task<string> RecordAsync(UsageEvent e, UsageRecorder recorder, BillingMetrics metrics, ILogger log)
    {
        metrics.Delivered();
        try
        {
            await recorder.RecordAsync(e);
            return Success;
        }
        catch (Exception failure)
        {
            Log.NotRecorded(log, e.RequestId, failure);
            return Retry;
        }
        finally
        {
            metrics.Answered();
        }
    }

    private static async Task<IResult> KeepAsync(HttpRequest request, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger<UsageRecorder> log)
    {
        var body = await ReadAsync(request);
        var letter = new DeadLetter
        {
            // By content: the same event fails as one letter, however often it comes.
            Id = Convert.ToHexStringLower(SHA256.HashData(body))[..32],
            ReceivedAt = time.GetUtcNow(),
            Reason = Parse(body, out var reason) is null ? reason : "not taken within the time that deliveries are tried: its account or the state store could not be reached",
            Body = Encoding.UTF8.GetString(body),
        };
        await actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters).AddAsync(letter);
        metrics.DeadLetter();
        Log.DeadLetter(log, letter.Id, body.Length);
        return Status(Success);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.ToArray();
    }

    private static IResult Status(string status) => Results.Text($$"""{"status":"{{status}}"}""", "application/json");
}
