using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Endpoints;

/// <summary>Hands an admin call on to billing, which owns keys and accounts, and its answer back.</summary>
internal static class BillingForward
{
    private const string ReplayedHeader = "Idempotent-Replayed";
    private const int RetrySeconds = 5;
    private static readonly string[] PassedOn = ["Idempotency-Key", "Last-Event-ID"];

    /// <param name="context">The client's call.</param>
    /// <param name="pathAndQuery">Where billing has it.</param>
    /// <param name="caller">Who makes an admin call; null for what is none.</param>
    /// <param name="problems">What is wrong with the call is told as problem details; else thrown, for Anthropic's form.</param>
    public static async Task SendAsync(HttpContext context, string pathAndQuery, AdminCaller? caller = null, bool problems = true)
    {
        var services = context.RequestServices;
        var client = services.GetRequiredService<ServiceClients>().For(AppIds.Billing);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"http://{AppIds.Billing}{pathAndQuery}");
        if (caller is not null)
            request.Headers.TryAddWithoutValidation(GatewayHeaders.Admin, caller.ToHeader());
        BodyBudget.Share? share = null;
        PooledBuffer? body = null;
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            if (context.Request.ContentType is not { } type)
            {
                if (!problems)
                    throw GatewayException.Invalid("request body: is not called JSON. Send it with content-type: application/json.");
                // A sidecar would call it JSON.
                await AdminProblem.RespondAsync(
                    context, StatusCodes.Status415UnsupportedMediaType, "The body is not called JSON.", "Send it with content-type: application/json.");
                return;
            }

            try
            {
                // Whole, so that one that breaks off, or is none, is told from a billing that is not there.
                share = services.GetRequiredService<BodyBudget>().Open(AdminEndpoints.AsKey.Id, context.Request.ContentLength);
                body = await ClientBody.ReadAsync(context.Request, share, services.GetRequiredService<IngressOptions>().BodyLimit);
            }
            catch (Exception e) when (e is GatewayException or BadHttpRequestException)
            {
                share?.Dispose();
                if (!problems)
                    throw;
                var status = e is GatewayException known ? ErrorTable.Of(known.Kind).Status : StatusCodes.Status400BadRequest;
                await AdminProblem.RespondAsync(context, status, "The request cannot be read.", e.Message);
                return;
            }

            request.Content = new PooledContent(body);
            request.Content.Headers.Remove("Content-Type");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            // Chunked, so that no policy makes a key twice.
            request.Headers.TransferEncodingChunked = true;
        }

        using (share)
        using (body)
            await ForwardAsync(context, client, request, problems);
    }

    private static async Task ForwardAsync(HttpContext context, HttpMessageInvoker client, HttpRequestMessage request, bool problems)
    {
        if (context.Response.Headers[GatewayHeaders.RequestId].ToString() is { Length: > 0 } id)
            request.Headers.TryAddWithoutValidation(GatewayHeaders.RequestId, id);
        foreach (var name in PassedOn)
        {
            if (context.Request.Headers[name] is { Count: > 0 } value)
                request.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        AnswerCopy.Accept(context.Request, request);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            await AwayAsync(context, problems);
            return;
        }

        using (response)
        {
            // A sidecar's own error: billing is not there.
            if (response.StatusCode == System.Net.HttpStatusCode.InternalServerError && response.Content.Headers.ContentType?.MediaType == "application/json")
            {
                await AwayAsync(context, problems);
                return;
            }

            context.Response.StatusCode = (int)response.StatusCode;
            if (response.Content.Headers.ContentType is { } type)
                context.Response.ContentType = type.ToString();
            if (response.Headers.Location is { } location)
                context.Response.Headers.Location = location.OriginalString;
            if (response.Content.Headers.Allow is { Count: > 0 } allowed)
                context.Response.Headers.Allow = string.Join(", ", allowed);
            if (response.Headers.TryGetValues(ReplayedHeader, out var replayed))
                context.Response.Headers[ReplayedHeader] = string.Join(", ", replayed);
            await AnswerCopy.ToClientAsync(context, response.Content);
        }
    }

    private static Task AwayAsync(HttpContext context, bool problems) => problems
        ? AdminProblem.BillingAwayAsync(context)
        : throw new GatewayException(ErrorKind.ServiceUnavailable, "The billing service did not answer. Try again in a few seconds.")
        {
            RetryAfterSeconds = RetrySeconds,
        };
}
