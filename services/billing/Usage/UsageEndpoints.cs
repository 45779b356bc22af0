using System.Security.Cryptography;
using System.Text;
using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Usage;

/// <summary>
/// What the usage topic delivers, one event a call, as the subscriptions in <c>components/</c> say: they stand beside the retry policy they cannot
/// do without, and a second, programmatic subscription would deliver everything twice. Retry is the answer where waiting helps, and only there: what
/// can never be counted is kept here, and done with. What the inbound retry policy gives up comes to the dead-letter topic, which ends here, too.
/// </summary>
internal static class UsageEndpoints
{
    private const string Success = "SUCCESS";
    private const string Retry = "RETRY";

    public static void MapUsageEvents(this WebApplication app)
    {
        app.MapPost(InternalRoutes.UsageEvents, TakeAsync);
        app.MapPost(InternalRoutes.UsageDeadLetters, KeepAsync);
    }

    private static async Task<IResult> TakeAsync(
        HttpRequest request, UsageRecorder recorder, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger<UsageRecorder> log)
    {
        using var body = await RequestBodies.ReadAsync(request);
        var json = EventReader.DataOf(body.WrittenMemory);
        metrics.Delivered();
        try
        {
            if (EventReader.Read(json.Span, out var reason) is { } e)
                await recorder.RecordAsync(new UsageDelivery(e, json));
            else
                await StoreAsync(json, reason, actors, metrics, time, log);
            return Status(Success);
        }
        catch (Exception failure)
        {
            Log.NotRecorded(log, json.Length, failure);
            return Status(Retry);
        }
        finally
        {
            metrics.Answered();
        }
    }

    private static async Task<IResult> KeepAsync(
        HttpRequest request, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger<UsageRecorder> log)
    {
        using var body = await RequestBodies.ReadAsync(request);
        var json = EventReader.DataOf(body.WrittenMemory);
        var reason = EventReader.Read(json.Span, out var mistake) is null
            ? mistake
            : "not taken within the time that deliveries are tried: its account or the state store could not be reached";
        await StoreAsync(json, reason, actors, metrics, time, log);
        return Status(Success);
    }

    private static async Task StoreAsync(
        ReadOnlyMemory<byte> json, string reason, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger log)
    {
        var letter = new DeadLetter
        {
            // By content: the same event fails as one letter, however often it comes.
            Id = Convert.ToHexStringLower(SHA256.HashData(json.Span))[..32],
            ReceivedAt = time.GetUtcNow(),
            Reason = reason,
            Body = Encoding.UTF8.GetString(json.Span),
        };
        await actors.CreateActorProxy<IDeadLettersActor>(DeadLettersActor.ActorId, ActorTypes.DeadLetters).AddAsync(letter);
        metrics.DeadLetter();
        Log.DeadLetter(log, letter.Id, json.Length, reason);
    }

    private static IResult Status(string status) => Results.Text($$"""{"status":"{{status}}"}""", "application/json");
}
