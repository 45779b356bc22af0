using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Webhooks;

/// <summary>
/// Reads the events of a step from the feed and posts them, signed, as a batch of CloudEvents. It keeps nothing between two steps, and holds a batch at most
/// at once, so that a receiver that is slow or away costs no memory.
/// </summary>
internal sealed class WebhookSender(EventFeed feed, WebhookConnections connections, DaprClient dapr, TimeProvider time)
{
    public const string MediaType = "application/cloudevents-batch+json";

    /// <summary>How many events are looked at for one delivery, and how large it gets.</summary>
    private const int MostLooked = 2_000;
    private const int MostBytes = 512 * 1024;
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(15);

    public async Task<WebhookOutcome> SendAsync(WebhookStep step)
    {
        var (from, settings) = (FeedCursor.Of(step.From)!, step.Webhook.Settings);
        var (place, until) = (FeedCursor.Of(step.From)!, step.To is null ? null : FeedCursor.Of(step.To));
        using var body = new PooledBuffer(4 * 1024);
        var events = 0;
        DateTimeOffset? first = null;
        await foreach (var e in feed.ReadAllAsync(place, MostLooked, until, settings.WantsUsage, settings.WantsNotices))
        {
            if (e.Time < step.Since || !IsMeant(e, settings))
                continue;
            first ??= e.Time;
            Write(body, e, events++ == 0);
            if (events >= (settings.BatchSize ?? WebhookSettings.DefaultBatchSize) || body.WrittenSpan.Length >= MostBytes)
                break;
        }

        var outcome = new WebhookOutcome
        {
            Step = step.Step,
            From = step.From,
            To = place.ToString(),
            LetterId = step.LetterId,
            Events = events,
            FirstEventAt = first,
        };
        if (events == 0)
            return outcome;
        body.Write("]"u8);
        var id = step.LetterId ?? MessageId(step.Webhook.Id, from, place);
        return await PostAsync(step.Webhook, id, body.WrittenSpan.ToArray(), outcome with { MessageId = id });
    }

    /// <summary>One delivery of an event that means nothing, at once.</summary>
    public async Task<WebhookOutcome> TestAsync(WebhookRecord webhook)
    {
        using var body = new PooledBuffer(4 * 1024);
        var id = "msg_test_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));
        var data = JsonSerializer.SerializeToElement(new { webhookId = webhook.Id }, JsonSerializerOptions.Web);
        Write(body, new FeedEvent(null, new Notice { Id = id, Type = EventTypes.WebhookTest, Time = time.GetUtcNow(), Data = data }), isFirst: true);
        body.Write("]"u8);
        return await PostAsync(webhook, id, body.WrittenSpan.ToArray(), new() { Step = 0, From = "", To = "", MessageId = id, Events = 1 });
    }

    private static bool IsMeant(FeedEvent e, WebhookSettings settings) =>
        settings.Wants(e.Type)
        && (settings.Scope is null || e.IsOf(settings.Scope))
        && settings.Filter?.Passes(e) is not false;

    /// <param name="webhook">Where to.</param>
    /// <param name="id">The delivery's.</param>
    /// <param name="body">No buffer of a pool: a receiver that answers early is sent the rest all the same.</param>
    /// <param name="outcome">What is known of it already.</param>
    private async Task<WebhookOutcome> PostAsync(WebhookRecord webhook, string id, byte[] body, WebhookOutcome outcome)
    {
        using var limit = new CancellationTokenSource(LongestCall, time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Settings.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaType);
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
            request.Headers.TryAddWithoutValidation("user-agent", "gateway-webhooks");
            request.Headers.TryAddWithoutValidation("webhook-id", id);
            request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
            request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSecret.Sign(await SecretsAsync(webhook), id, timestamp, body));
            using var response = await connections.Http.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode
                ? outcome
                : outcome with
                {
                    Failure = $"status {(int)response.StatusCode}" + ((int)response.StatusCode is >= 300 and < 400 ? ", and redirects are not followed" : ""),
                    IsGone = response.StatusCode == HttpStatusCode.Gone,
                    RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null,
                };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return outcome with { Failure = $"no answer within {LongestCall.TotalSeconds} seconds" };
        }
        catch (OperationCanceledException e) when (e.InnerException is TimeoutException)
        {
            return outcome with { Failure = e.InnerException.Message };
        }
        catch (HttpRequestException e)
        {
            return outcome with { Failure = (e.InnerException as WebhookAddressException ?? (Exception)e).Message };
        }
    }

    private async Task<List<string>> SecretsAsync(WebhookRecord webhook)
    {
        var identity = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity)
            ?? throw new InvalidOperationException("The gateway has no identity yet.");
        var password = PasswordOf(new KeyHasher(identity.HashSecret), webhook.Id);
        return [.. webhook.Secrets.Where(s => s.ValidUntil is null || s.ValidUntil > time.GetUtcNow()).Select(s => s.Sealed.Open(password))];
    }

    /// <summary>What a webhook's secrets are sealed under.</summary>
    public static string PasswordOf(KeyHasher hasher, string webhookId) => hasher.Hash("webhook " + webhookId);

    /// <summary>What a receiver tells a delivery by: the same for the same events, at each attempt.</summary>
    public static string MessageId(string webhookId, FeedCursor from, FeedCursor to) =>
        "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{webhookId} {from} {to}")))[..24];

    /// <summary>A CloudEvent, with what the topic has as its data.</summary>
    private static void Write(PooledBuffer body, FeedEvent e, bool isFirst)
    {
        body.Write(isFirst ? "["u8 : ","u8);
        using var writer = new Utf8JsonWriter(body);
        writer.WriteStartObject();
        writer.WriteString("specversion"u8, "1.0"u8);
        writer.WriteString("id"u8, e.Id);
        writer.WriteString("source"u8, "gateway"u8);
        writer.WriteString("type"u8, e.Type);
        writer.WriteString("time"u8, e.Time);
        if (e.Subject is { } subject)
            writer.WriteString("subject"u8, subject);
        writer.WriteString("datacontenttype"u8, "application/json"u8);
        writer.WritePropertyName("data"u8);
        if (e.Usage is { } usage)
            JsonSerializer.Serialize(writer, usage, UsageJson.Default.UsageEvent);
        else
            e.Notice!.Data.WriteTo(writer);
        writer.WriteEndObject();
    }
}
