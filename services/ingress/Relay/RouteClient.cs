using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Requests;
using Gateway.Ingress.Safeguards;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Sends a request down one route: to the adapter if the route is native, else to the translator. Keeps a provider's answer apart from one
/// of our own services and from a sidecar's.
/// </summary>
internal sealed class RouteClient(ServiceClients clients, NativeGaps gaps, RouteModes modes, ILogger<RouteClient> log)
{
    private const string Beta = "anthropic-beta";

    /// <summary>The first and what its refusals taught.</summary>
    private const int MaxTries = 6;

    private const int MaxWords = 1000;

    private const int MaxErrorBytes = 1024 * 1024;
    private const int MaxRetrySeconds = 24 * 3600;

    /// <summary><see cref="RouteOutcome.Answered"/> or <see cref="RouteOutcome.Failed"/>.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RouteOutcome> SendAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, CancellationToken cancellationToken)
    {
        if (!route.IsLookAlike)
            return await SendWithHistoryAsync(request, exchange, route, body, NativeEdits.None, cancellationToken);
        if (exchange.Operation != Operations.CountTokens)
            return await SendWithoutGapsAsync(request, exchange, route, body, cancellationToken);
        if (!gaps.LacksCounter(route))
        {
            var outcome = await SendWithoutGapsAsync(request, exchange, route, body, cancellationToken);
            if (!await CounterAnswer.IsMissingAsync(outcome, cancellationToken))
                return outcome;
            gaps.RememberLackOfCounter(route);
        }

        return new RouteOutcome.Failed(ErrorKind.ProviderError, "The provider counts no tokens.") { LacksCounter = true };
    }

    /// <summary>Counting is a courtesy, and clients that are refused it count by paid requests (rule E152).</summary>
    public Task<RouteOutcome> EstimateAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, CancellationToken cancellationToken) =>
        SendOnceAsync(request, exchange, route, body, NativeEdits.None, cancellationToken, native: false);

    /// <summary>
    /// To an endpoint that is not Anthropic: what it refuses to know is left out or said in the older way, as often as it takes, and at once
    /// the next time.
    /// </summary>
    private async Task<RouteOutcome> SendWithoutGapsAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, CancellationToken cancellationToken)
    {
        var without = gaps.Of(route);
        RouteOutcome.Failed? first = null;
        for (var tries = 1; ; tries++)
        {
            var outcome = without.Count == 0
                ? await SendWithHistoryAsync(request, exchange, route, body, NativeEdits.None, cancellationToken)
                : await SendRewrittenAsync(request, exchange, route, body, without, cancellationToken);
            if (outcome is not RouteOutcome.Failed { Kind: ErrorKind.InvalidRequest } failed)
            {
                if (tries > 1 && outcome is RouteOutcome.Answered)
                    gaps.Remember(route, without);
                return outcome;
            }

            first ??= failed;
            if (tries == MaxTries || NativeExtras.After(failed.Words ?? failed.Message, body.WrittenSpan, BetasOf(request), without) is not { } more)
                return first;
            Log.NativeGap(log, exchange.RequestId, route.Entry.Provider, string.Join(", ", more.Except(without)));
            without = more;
        }
    }

    private async Task<RouteOutcome> SendRewrittenAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, FrozenSet<string> without, CancellationToken cancellationToken)
    {
        using var rewritten = new PooledBuffer(body.WrittenCount + 1024);
        var dropped = NativeRewrite.Write(body.WrittenMemory, without, rewritten);
        var envelope = EnvelopeReader.Read(rewritten.WrittenSpan, counting: true, ApiVersions.V2023);
        var edits = new NativeEdits([], dropped) { Without = without, Envelope = envelope };
        return await SendWithHistoryAsync(request, exchange, route, rewritten, edits, cancellationToken);
    }

    /// <summary>Only a history with thinking, citations or tools that are not the client's can hold any that is not the provider's own.</summary>
    private Task<RouteOutcome> SendWithHistoryAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, NativeEdits edits, CancellationToken cancellationToken) =>
        route.IsNative && (exchange.Envelope.Traits & (RequestTraits.Thinking | RequestTraits.EncryptedIndex | RequestTraits.ServerTools)) != 0
            ? SendEditedAsync(request, exchange, route, body, edits, cancellationToken)
            : SendOnceAsync(request, exchange, route, body, edits, cancellationToken);

    private async Task<RouteOutcome> SendEditedAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, NativeEdits rewrite, CancellationToken cancellationToken)
    {
        var edits = Joined(rewrite, ThinkingHistory.EditsFor(body.WrittenSpan, route.Provider));
        var outcome = await SendOnceAsync(request, exchange, route, body, edits, cancellationToken);
        if (outcome is not RouteOutcome.Failed { Upstream.Status: 400 } failed || !ThinkingHistory.IsRefusal(failed.Message))
            return outcome;
        // Thinking of another account or another gateway has a signature that only its provider can tell from its own (rule E83).
        var without = Joined(rewrite, ThinkingHistory.EditsAfterRefusal(body.WrittenSpan));
        if (without.SameAs(edits))
            return outcome;
        Log.ThinkingRefused(log, exchange.RequestId, route.Entry.Provider);
        return await SendOnceAsync(request, exchange, route, body, without, cancellationToken);
    }

    private static NativeEdits Joined(NativeEdits rewrite, NativeEdits history) =>
        rewrite.Envelope is not null ? rewrite with { Splices = history.Splices, Dropped = [.. rewrite.Dropped, .. history.Dropped] } : history;

    private static IEnumerable<string> BetasOf(HttpRequest request) =>
        request.Headers[Beta].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private async Task<RouteOutcome> SendOnceAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, NativeEdits edits, CancellationToken cancellationToken,
        bool? native = null)
    {
        var stream = exchange.Envelope.Stream;
        exchange.AsksOtherMode = route.IsNative && exchange.IsMetered && modes.Refuses(route, stream);
        var outcome = await CallAsync(request, exchange, route, body, edits, native ?? route.IsNative, cancellationToken);
        if (outcome is not RouteOutcome.Failed { IsWrongMode: true } || exchange.AsksOtherMode || !exchange.IsMetered)
            return outcome;
        exchange.AsksOtherMode = true;
        var other = await CallAsync(request, exchange, route, body, edits, native ?? route.IsNative, cancellationToken);
        if (other is not RouteOutcome.Answered)
            return outcome;
        modes.Remember(route, stream);
        exchange.Resent = "stream";
        return other;
    }

    private async Task<RouteOutcome> CallAsync(
        HttpRequest request, Exchange exchange, ModelRoute route, PooledBuffer body, NativeEdits edits, bool native, CancellationToken cancellationToken)
    {
        HttpResponseMessage? response = null;
        try
        {
            var app = native ? route.Provider.App : AppIds.Translator;
            using var message = MessageFor(request, exchange, route, body, edits, native);
            response = await clients.For(app).SendAsync(message, cancellationToken);
            var attempts = Header(response, GatewayHeaders.Attempts);
            exchange.Attempts += int.TryParse(attempts, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1;
            exchange.UpstreamRequestId = (Header(response, "request-id") ?? Header(response, "x-request-id")) is { } id ? BoundedText.Cut(id) : null;
            exchange.Resent = Header(response, GatewayHeaders.Resent);
            if (Header(response, GatewayHeaders.Dropped) is { Length: > 0 } dropped)
                exchange.Dropped = NamesOf(dropped);
            else if (edits.Dropped.Count > 0)
                exchange.Dropped = edits.Dropped;
            // What the provider could not be told is answered here.
            if (exchange.Check is not null && exchange.Dropped is { } names)
                exchange.Dropped = names.Where(name => name != SafeguardsRequest.Field).ToList() is { Count: > 0 } others ? others : null;
            if (response.IsSuccessStatusCode && Header(response, GatewayHeaders.Origin) == GatewayHeaders.OriginUpstream)
                return new RouteOutcome.Answered(response);
            if (!route.IsNative && Header(response, GatewayHeaders.Usage) is { } usage)
                SetUsage(exchange.Meter, response, usage);
            var failure = await FailureOfAsync(response, route, app, cancellationToken);
            response.Dispose();
            return failure;
        }
        catch (HttpRequestException e)
        {
            response?.Dispose();
            return new RouteOutcome.Failed(ErrorKind.ServiceUnavailable, $"The gateway could not reach its own services ({e.HttpRequestError}).");
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    private static List<string> NamesOf(string dropped) =>
        [.. dropped.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => BoundedText.Cut(name))];

    /// <summary>An answer that failed has cost something all the same (rule F5).</summary>
    private static void SetUsage(AnswerMeter meter, HttpResponseMessage response, string usage)
    {
        meter.SetUsage(usage);
        meter.Usage.Estimated |= Header(response, GatewayHeaders.UsageEstimated) is not null;
        if (Header(response, GatewayHeaders.ServiceTier) is { } tier)
            meter.SetServiceTier(tier);
        if (Header(response, GatewayHeaders.ProviderCost) is { } cost)
            meter.SetProviderCost(cost);
    }

    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static HttpRequestMessage MessageFor(HttpRequest client, Exchange exchange, ModelRoute route, PooledBuffer body, NativeEdits edits, bool native)
    {
        var app = native ? route.Provider.App : AppIds.Translator;
        var path = native ? InternalRoutes.Call : exchange.Operation switch
        {
            Operations.CountTokens => InternalRoutes.CountTokens,
            Operations.Explain => InternalRoutes.Explain,
            _ => InternalRoutes.Messages,
        };
        var envelope = edits.Envelope ?? exchange.Envelope;
        var content = new PooledContent(body, edits.With(envelope.SplicesFor(route.Entry.Model, exchange.AsksOtherMode)));
        var request = new HttpRequestMessage(HttpMethod.Post, Sidecar.InvokeUri(app, path)) { Content = content };
        var headers = request.Headers;
        var ofConnection = ProxyHeaders.NamedBy(client.Headers.Connection);
        var betas = edits.Without.Count == 0 ? null : string.Join(',', BetasOf(client).Where(b => !NativeExtras.IsLeftOut(b, edits.Without)));
        if (betas is { Length: > 0 })
            headers.TryAddWithoutValidation(Beta, betas);
        foreach (var (name, values) in client.Headers)
        {
            if (betas is not null && name.Equals(Beta, StringComparison.OrdinalIgnoreCase))
                continue;
            if (ClientHeaders.IsForwarded(name) && ofConnection?.Contains(name) != true)
                headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        // Exactly "text/event-stream" would make a sidecar turn every error into a bare 500.
        headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        headers.TransferEncodingChunked = true;
        headers.TryAddWithoutValidation(GatewayHeaders.RequestId, exchange.RequestId);
        headers.TryAddWithoutValidation(GatewayHeaders.Provider, route.Entry.Provider);
        headers.TryAddWithoutValidation(GatewayHeaders.UpstreamModel, Ascii(route.Entry.Model));
        headers.TryAddWithoutValidation(GatewayHeaders.RequestedModel, Ascii(exchange.Envelope.Model));
        headers.TryAddWithoutValidation(GatewayHeaders.CatalogModel, Ascii(exchange.Model.Id));
        headers.TryAddWithoutValidation(GatewayHeaders.Operation, exchange.Operation);
        headers.TryAddWithoutValidation(GatewayHeaders.Stream, exchange.Envelope.Stream != exchange.AsksOtherMode ? "true" : "false");
        if (exchange.Affinity is { } affinity)
            headers.TryAddWithoutValidation(GatewayHeaders.Affinity, affinity.ToString("x16", CultureInfo.InvariantCulture));
        // The adapter adds what its door is not told.
        if (native && edits.Dropped.Count > 0)
            headers.TryAddWithoutValidation(GatewayHeaders.Dropped, string.Join(", ", edits.Dropped));
        headers.TryAddWithoutValidation(GatewayHeaders.BodyBytes, content.Length.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    /// <summary>Model names are the client's text: what a header cannot carry is escaped.</summary>
    private static string Ascii(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Uri.EscapeDataString(text) : text;

    private static async Task<RouteOutcome.Failed> FailureOfAsync(
        HttpResponseMessage response, ModelRoute route, string app, CancellationToken cancellationToken)
    {
        var body = await ReadErrorAsync(response.Content, cancellationToken);
        var retryAfter = RetryAfter(response);
        switch (Header(response, GatewayHeaders.Origin))
        {
            case GatewayHeaders.OriginGateway when Enum.TryParse<ErrorKind>(Header(response, GatewayHeaders.ErrorKind), out var kind):
                return new RouteOutcome.Failed(kind, MessageOf(body, out _) ?? "The gateway failed.")
                {
                    RetryAfterSeconds = retryAfter,
                    ErrorCode = Header(response, GatewayHeaders.ErrorCode),
                    HasNoCredentials = kind == ErrorKind.ProviderCredentials,
                };
            case GatewayHeaders.OriginUpstream:
                return UpstreamFailure(response, body, retryAfter) with
                {
                    IsWrongMode = RouteModes.IsRefusal(route, (int)response.StatusCode, Encoding.UTF8.GetString(body)),
                };
            default:
                return new RouteOutcome.Failed(ErrorKind.ServiceUnavailable, $"The gateway's service '{app}' cannot be reached.");
        }
    }

    private static RouteOutcome.Failed UpstreamFailure(HttpResponseMessage response, byte[] body, int? retryAfter)
    {
        var status = (int)response.StatusCode;
        var kind = ErrorTable.OfProviderStatus(status);
        var message = MessageOf(body, out var code);
        // Our credentials are not the client's (rule E122); what is not in Anthropic's form (a proxy's HTML page) is put into it (rule E121).
        var text = kind == ErrorKind.ProviderCredentials
            ? "The provider refused the gateway's own credentials. This is for the operator of the gateway to fix."
            : message ?? $"The provider answered with status {status}.";
        var words = message ?? Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MaxWords)));
        var failure = new RouteOutcome.Failed(kind, text) { RetryAfterSeconds = retryAfter, Code = code, Words = words };
        return kind == ErrorKind.ProviderCredentials || message is null || status < 400
            ? failure
            : failure with { Upstream = new UpstreamError(status, body, response.Content.Headers.ContentType?.ToString(), response.Headers) };
    }

    private static int? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => (int)Math.Ceiling(delta.TotalSeconds),
            // By the provider's own clock, where it says what that shows.
            { Date: { } date } => (int)Math.Clamp(Math.Ceiling((date - (response.Headers.Date ?? DateTimeOffset.UtcNow)).TotalSeconds), 0, MaxRetrySeconds),
            _ => null,
        };

    /// <summary>The message of an Anthropic error envelope; null when the body is not one.</summary>
    private static string? MessageOf(byte[] body, out string? type)
    {
        type = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object
                || !error.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.String
                || !error.TryGetProperty("type", out var named))
                return null;
            type = named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            return message.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<byte[]> ReadErrorAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        try
        {
            while (bytes.Length < MaxErrorBytes && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
                bytes.Write(buffer, 0, read);
        }
        catch (Exception e) when (e is HttpIOException or IOException)
        {
            // The status says enough.
        }

        return bytes.ToArray();
    }
}
