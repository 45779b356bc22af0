using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Usage;

/// <summary>
/// What the usage topic delivers, one event a call, as the subscriptions in <c>components/</c> say, or several in Dapr's envelope for that, where a
/// broker has a bulk of its own. The subscriptions stand beside the retry policy they cannot do without, and a second, programmatic one would deliver
/// everything twice. Retry is the answer where waiting helps, and only there: what can never be counted is kept here, and done with. What the inbound
/// retry policy gives up comes to the dead-letter topic, which ends here, too.
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
        var only = EventReader.DataOf(body.WrittenMemory, out var entries);
        var events = entries?.ConvertAll(entry => entry.Data) ?? [only];
        metrics.Delivered(events.Count);
        try
        {
            var taken = await TakeAllAsync(events, recorder, actors, metrics, time, log);
            return entries is null ? Status(taken[0] ? Success : Retry) : Statuses(entries, taken);
        }
        finally
        {
            metrics.Answered(events.Count);
        }
    }

    /// <summary>For each whether it is done with; else it is to come again.</summary>
    private static async Task<bool[]> TakeAllAsync(
        List<ReadOnlyMemory<byte>> events, UsageRecorder recorder, IActorProxyFactory actors, BillingMetrics metrics, TimeProvider time, ILogger log)
    {
        var taken = new bool[events.Count];
        var (deliveries, places) = (new List<UsageDelivery>(events.Count), new List<int>(events.Count));
        for (var i = 0; i < events.Count; i++)
        {
            if (EventReader.Read(events[i].Span, out var reason) is { } e)
            {
                deliveries.Add(new UsageDelivery(e, events[i]));
                places.Add(i);
                continue;
            }

            taken[i] = await TryStoreAsync(events[i], reason);
        }

        var failures = await recorder.RecordAsync(deliveries);
        for (var i = 0; i < failures.Length; i++)
        {
            // What is too old will be so the next time, too.
            taken[places[i]] = failures[i] is null || (failures[i] is TooOldException e && await TryStoreAsync(events[places[i]], e.Message));
            if (failures[i] is { } failure and not TooOldException)
                Log.NotRecorded(log, deliveries[i].Bytes, failure);
        }

        return taken;

        async Task<bool> TryStoreAsync(ReadOnlyMemory<byte> json, string reason)
        {
            try
            {
                await StoreAsync(json, reason, actors, metrics, time, log);
                return true;
            }
            catch (Exception failure)
            {
                Log.NotRecorded(log, json.Length, failure);
                return false;
            }
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

    private static IResult Statuses(List<(string? Id, ReadOnlyMemory<byte> Data)> entries, bool[] taken)
    {
        var answer = new ArrayBufferWriter<byte>(32 + (48 * entries.Count));
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteStartArray("statuses"u8);
        for (var i = 0; i < entries.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, entries[i].Id);
            json.WriteString("status"u8, taken[i] ? Success : Retry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return Results.Bytes(answer.WrittenMemory, "application/json");
    }

    private static IResult Status(string status) => Results.Text($$"""{"status":"{{status}}"}""", "application/json");
}
