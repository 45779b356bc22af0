using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// <c>POST /admin/v1/explain</c>: shows for a Messages request, without sending anything to a provider, which routes it would take and the
/// exact request of the first that has credentials. It is how one finds out why a provider got what it got.
/// </summary>
internal static class ExplainEndpoint
{
    /// <summary>Explain a request</summary>
    /// <remarks>
    /// Takes a Messages request and tells its routes and the exact request that the first with credentials would get. Nothing is sent to a provider.
    /// </remarks>
    public static async Task HandleAsync(HttpContext context)
    {
        if (await AdminEndpoints.AuthorizeAsync(context) is null)
            return;
        var requestId = RequestIds.Of(context);
        var cancellation = context.RequestAborted;
        var services = context.RequestServices;
        using var share = services.GetRequiredService<BodyBudget>().Open(AdminEndpoints.AsKey.Id, context.Request.ContentLength);
        using var body = await ClientBody.ReadAsync(context.Request, share, services.GetRequiredService<IngressOptions>().BodyLimit);
        await SocketThreads.LeaveAsync(body.WrittenCount);
        var envelope = EnvelopeReader.Read(body.WrittenSpan, counting: false, ApiVersion.Of(context.Request, strict: false));
        var catalog = context.RequestServices.GetRequiredService<CatalogSource>().Current;
        var model = KnownModels.Find(catalog, AdminEndpoints.AsKey, rules: null, envelope.Model);
        var routes = RouteChoice.RoutesOf(catalog, model).InOrder;
        var explained = await AskAsync(context, requestId, envelope, model, routes[0], body, cancellation);
        for (var i = 1; i < routes.Count && HasProblem(explained); i++)
        {
            var other = await AskAsync(context, requestId, envelope, model, routes[i], body, cancellation);
            if (!HasProblem(other))
                explained = other;
        }

        using var answer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(answer, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Id);
            json.WriteString("requested_model", envelope.Model);
            json.WriteStartArray("routes");
            foreach (var candidate in routes)
            {
                json.WriteStartObject();
                json.WriteString("provider", candidate.Entry.Provider);
                json.WriteString("dialect", candidate.Provider.Dialect);
                json.WriteString("upstream_model", candidate.Entry.Model);
                json.WriteBoolean("native", candidate.IsNative);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WritePropertyName("request");
            json.WriteRawValue(explained, skipInputValidation: true);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), cancellation);
    }

    /// <summary>Whether the request could not be made complete, for want of credentials.</summary>
    private static bool HasProblem(byte[] explained)
    {
        using var document = JsonDocument.Parse(explained, GatewayJson.DocumentOptions);
        return document.RootElement.TryGetProperty("problem"u8, out _);
    }

    /// <summary>By whoever would send it: the translator, for a native route the adapter.</summary>
    private static async Task<byte[]> AskAsync(
        HttpContext context, string requestId, RequestEnvelope envelope, ModelEntry model, ModelRoute route, PooledBuffer body, CancellationToken cancellation)
    {
        var exchange = new Exchange
        {
            RequestId = requestId,
            Surface = context.Request.Path.Value!,
            Operation = Operations.Explain,
            Started = 0,
            Key = AdminEndpoints.AsKey,
            Envelope = envelope,
            Model = model,
            BodyBytes = body.WrittenCount,
        };
        var outcome = await context.RequestServices.GetRequiredService<RouteClient>().SendAsync(context.Request, exchange, route, body, cancellation);
        if (outcome is RouteOutcome.Failed failure)
            throw new GatewayException(failure.Kind, failure.Message);
        using var answer = ((RouteOutcome.Answered)outcome).Response;
        return await answer.Content.ReadAsByteArrayAsync(cancellation);
    }
}
