using System.Net;
using System.Text.Json;
using Gateway.Contracts.SignIn;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Gateway.Ingress.SignIn;

/// <summary>Asks the identity provider whether somebody is still who he was, and in which groups: its refresh token for a new identity token.</summary>
internal sealed class ProviderRefresh(
    SignInOptions options, ProviderConfiguration configuration, ProviderSecret secret, IdentityReader reader, ILogger<ProviderRefresh> log)
{
    private static readonly JsonWebTokenHandler Tokens = new() { MapInboundClaims = false };

    /// <summary>The refresh with what the identity provider says.</summary>
    /// <exception cref="HttpRequestException">It does not answer, or not so that one can tell.</exception>
    public async Task<SessionRefresh> AskAsync(SessionRefresh refresh, string providerToken, CancellationToken cancellationToken)
    {
        var addresses = await configuration.GetAsync(cancellationToken);
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = providerToken,
            ["client_id"] = options.ClientId!,
            ["scope"] = options.Scopes,
        };
        if (await secret.GetAsync(cancellationToken) is { } known)
            form["client_secret"] = known;
        using var content = new FormUrlEncodedContent(form);
        using var answer = await configuration.Client.PostAsync(new Uri(addresses.TokenEndpoint), content, cancellationToken);
        var body = await ReadAsync(answer, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            var error = TextOf(body, "error");
            // Only this says that the grant is over. A wrong secret of our own must sign nobody out.
            if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                && error is TokenErrors.InvalidGrant or "interaction_required" or "consent_required" or "login_required")
                return refresh with { IsGone = true };
            Log.ProviderRefused(log, (int)answer.StatusCode, error is { Length: <= 64 } ? error : "none");
            throw new HttpRequestException("The identity provider did not refresh.", null, answer.StatusCode);
        }

        refresh = refresh with { ProviderToken = TextOf(body, "refresh_token") };
        // One that sends no new identity token has said that the grant still holds.
        if (TextOf(body, "id_token") is not { } token)
            return refresh;
        var result = await Tokens.ValidateTokenAsync(token, configuration.Parameters(options.ClientId!));
        if (!result.IsValid)
        {
            Log.ProviderTokenWrong(log, result.Exception.GetType().Name);
            throw new HttpRequestException("The identity provider's token cannot be checked.", result.Exception);
        }

        var identity = reader.Read(result.ClaimsIdentity, result.Issuer, out _);
        return refresh with { Identity = identity, IsGone = identity is null };
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            return document.RootElement.Clone();
        }
        catch (JsonException) when (!answer.IsSuccessStatusCode)
        {
            return default;
        }
        catch (JsonException e)
        {
            throw new HttpRequestException("The identity provider's answer is no JSON.", e);
        }
    }

    private static string? TextOf(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
