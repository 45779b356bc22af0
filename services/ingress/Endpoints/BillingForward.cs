using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Endpoints;

/// <summary>Hands an admin call on to billing, which owns keys and accounts, and its answer back.</summary>
internal static class BillingForward
{
    public static async Task SendAsync(HttpContext context, string pathAndQuery)
    {
        var client = context.RequestServices.GetRequiredService<ServiceClients>().For(AppIds.Billing);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"http://{AppIds.Billing}{pathAndQuery}");
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
            if (context.Request.ContentType is { } type)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            // Chunked, so that no policy makes a key twice.
            request.Headers.TransferEncodingChunked = true;
        }

        if (context.Request.Headers.Accept.Count > 0)
            request.Headers.TryAddWithoutValidation("Accept", context.Request.Headers.Accept.ToString());
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            await AdminProblem.BillingAwayAsync(context);
            return;
        }

        using (response)
        {
            // A sidecar's own error: billing is not there.
            if (response.StatusCode == System.Net.HttpStatusCode.InternalServerError && response.Content.Headers.ContentType?.MediaType == "application/json")
            {
                await AdminProblem.BillingAwayAsync(context);
                return;
            }

            context.Response.StatusCode = (int)response.StatusCode;
            if (response.Content.Headers.ContentType is { } type)
                context.Response.ContentType = type.ToString();
            if (response.Headers.Location is { } location)
                context.Response.Headers.Location = location.OriginalString;
            if (response.Content.Headers.Allow is { Count: > 0 } allowed)
                context.Response.Headers.Allow = string.Join(", ", allowed);
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}
