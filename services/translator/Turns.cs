using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>Sends a request until its provider takes it: again without what the provider refused (<see cref="Resending"/>).</summary>
internal sealed class Turns(AdapterClient adapter, LearnedAdjustments learned, TimeProvider time, ILogger<TranslationRequest> log)
{
    private const int MaxErrorBytes = 1024 * 1024;

    /// <summary>Most errors are smaller.</summary>
    private const int InitialErrorBytes = 8 * 1024;

    /// <param name="attempts">Calls to the provider before this one.</param>
    /// <returns>Those, and the calls that it took.</returns>
    public async Task<int> AskAsync<T>(HttpContext context, TranslationRequest request, int attempts, T turn, CancellationToken cancellationToken)
        where T : ITurn
    {
        var resending = new Resending(request, time);
        while (true)
        {
            using var response = await adapter.SendAsync(request, Operations.Generate, request.WriteRequest(), cancellationToken);
            attempts += AdapterClient.Attempts(response);
            if (!context.Response.HasStarted)
                context.Response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
            if (AdapterClient.Origin(response) == GatewayHeaders.OriginGateway)
            {
                await turn.ReadFailureAsync(response);
                return attempts;
            }

            AnswerHeaders.WriteResent(context.Response, resending.Cures);
            ProviderFailure failure;
            if (response.IsSuccessStatusCode)
            {
                try
                {
                    await turn.ReadAsync(response, attempts);
                    if (resending.Cures.Count > 0)
                        learned.Remember(request.Call);
                    return attempts;
                }
                catch (ProviderException e) when (!turn.HasStarted)
                {
                    failure = e.Failure;
                }
            }
            else
            {
                failure = await ReadErrorAsync(request, response, cancellationToken);
            }

            if (resending.TryCure(failure))
            {
                log.Adjusted(request.RequestId, request.Call.Provider.Name, resending.Cures[^1]);
                AnswerHeaders.ClearUsage(context.Response);
                continue;
            }

            if (failure.IsEmptyAnswer)
            {
                await turn.ReadNothingAsync(attempts);
                return attempts;
            }

            throw new GatewayException(failure.Kind, failure.Message)
            {
                RetryAfterSeconds = RetryAfter.Seconds(response, failure.Kind, time.GetUtcNow()) ?? failure.RetryAfterSeconds,
            };
        }
    }

    private static async Task<ProviderFailure> ReadErrorAsync(TranslationRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(InitialErrorBytes);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            if (!await body.TryReadAsync(stream, MaxErrorBytes, cancellationToken))
                body.Clear();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The status says enough.
            body.Clear();
        }

        return ErrorReader.Read(request.Call, (int)response.StatusCode, body.WrittenMemory);
    }
}
