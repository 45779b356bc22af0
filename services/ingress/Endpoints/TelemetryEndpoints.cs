using System.IO.Compression;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Managed;
using Gateway.Ingress.Otlp;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// Where Claude Code sends its telemetry (Claude Code on a gateway, section 8). Always answered 200, whatever becomes of it: its exporter logs an error
/// on every flush otherwise, and none of it is a developer's business.
/// </summary>
internal static class TelemetryEndpoints
{
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>How much larger a compressed body is taken to be until it has been read.</summary>
    private const int Unpacked = 20;
    private const int LeastUnpacked = 64 * 1024;
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(10);

    public static void MapTelemetry(this WebApplication app)
    {
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            foreach (var signal in (OtlpSignals[])[OtlpSignals.Metrics, OtlpSignals.Logs, OtlpSignals.Traces])
            {
                var name = OtlpOptions.NameOf(signal);
                RequestDelegate handler = context => TakeAsync(context, signal);
                var endpoint = app.MapPost($"{root}/v1/{name}", handler).WithTags("Claude Code");
                if (root.Length == 0)
                    endpoint.WithName("send" + name).WithSummary($"Send {name}").WithDescription(
                        "OTLP/HTTP as JSON or protobuf. Always answered 200; goes on to a collector where the operator has set one up.")
                        .WithMetadata(new RawBodies("Telemetry", "TelemetryTaken"), handler.Method);
                else
                    endpoint.ExcludeFromDescription();
            }
        }
    }

    private static async Task TakeAsync(HttpContext context, OtlpSignals signal)
    {
        RequestIds.Of(context);
        var services = context.RequestServices;
        var isJson = context.Request.ContentType?.StartsWith(Json, StringComparison.OrdinalIgnoreCase) == true;
        if (services.GetRequiredService<OtlpOptions>().Takes(signal))
        {
            var relay = services.GetRequiredService<OtlpRelay>();
            if (await RefusalAsync(context, signal, isJson, relay) is { } reason)
                relay.Drop(signal, reason);
        }

        // What OTLP answers when everything has been taken: an empty message.
        context.Response.ContentType = isJson ? Json : Protobuf;
        if (isJson)
            await context.Response.WriteAsync("{}", context.RequestAborted);
    }

    /// <summary>Null when it is on its way, else why it goes nowhere.</summary>
    private static async Task<string?> RefusalAsync(HttpContext context, OtlpSignals signal, bool isJson, OtlpRelay relay)
    {
        var request = context.Request;
        KnownCaller? caller;
        try
        {
            caller = await context.RequestServices.GetRequiredService<KnownCallers>().FindAsync(request, context.RequestAborted);
        }
        catch (GatewayException)
        {
            caller = null;
        }

        // The last one of a session comes after it has signed out.
        if (caller is null)
            return "unauthenticated";
        var encoding = request.Headers.ContentEncoding.ToString();
        if ((!isJson && request.ContentType?.StartsWith(Protobuf, StringComparison.OrdinalIgnoreCase) != true) || encoding is not ("" or "identity" or "gzip"))
            return "invalid";
        var length = (int)Math.Min(request.ContentLength ?? MaxBytes, MaxBytes + 1);
        if (length > MaxBytes)
            return "too_large";
        var room = encoding is "gzip" ? (int)Math.Min(MaxBytes, Math.Max(LeastUnpacked, (long)length * Unpacked)) : length;
        if (relay.Room.TryTake(caller.Accounts[0], room) is not { } share)
            return "full";
        var sent = false;
        try
        {
            using var body = new PooledBuffer(Math.Min(length, LeastUnpacked) + PooledBuffer.LeastRoom);
            if (await ReadAsync(request, body, encoding is "gzip", room) is { } refusal)
                return refusal;
            var hasher = request.HttpContext.RequestServices.GetRequiredService<KeyLookup>().KnownHasher;
            var sender = new OtlpSender(
                caller.Accounts, id => hasher is null ? null : RequestOrigin.NameOfSession(id, caller.UserIds, hasher));
            var rewritten = isJson ? OtlpJson.Rewrite(body.WrittenMemory, signal, sender) : OtlpProtobuf.Rewrite(body.WrittenSpan, signal, sender);
            if (rewritten is null)
                return "invalid";
            share.Shrink(rewritten.Length);
            relay.Send(new OtlpBatch(signal, isJson ? Json : Protobuf, rewritten, share));
            sent = true;
            return null;
        }
        finally
        {
            if (!sent)
                share.Dispose();
        }
    }

    /// <summary>Null when all of it is there.</summary>
    private static async Task<string?> ReadAsync(HttpRequest request, PooledBuffer body, bool packed, int most)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(LongestRead);
        try
        {
            await using var unpacked = packed ? new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true) : null;
            return await body.TryReadAsync(unpacked ?? request.Body, most, limit.Token) ? null : "too_large";
        }
        catch (Exception e) when (BrokenEncoding.Is(e) || e is BadHttpRequestException or IOException)
        {
            return "invalid";
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return "slow";
        }
    }
}
