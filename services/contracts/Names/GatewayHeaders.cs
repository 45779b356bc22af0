namespace Gateway.Contracts.Names;

/// <summary>
/// Headers between the services, and the few a client sees. All start with <c>gateway-</c>, so that a hop can drop the family whole;
/// a client's own headers of that prefix end at the front door.
/// </summary>
public static class GatewayHeaders
{
    public const string Prefix = "gateway-";

    // A client's own.

    /// <summary>Tags of a request, for its event, reports and budgets: <c>project=search, env=prod</c>.</summary>
    public const string Tags = "gateway-tags";

    // Towards translator and provider-adapter.

    /// <summary>The gateway's id of the client's request; also shown to the client.</summary>
    public const string RequestId = "gateway-request-id";

    /// <summary>The provider's name in the catalog.</summary>
    public const string Provider = "gateway-provider";

    /// <summary>The model's id at the provider.</summary>
    public const string UpstreamModel = "gateway-upstream-model";

    /// <summary>The model as the client spelt it; answers echo it.</summary>
    public const string RequestedModel = "gateway-requested-model";

    /// <summary>The catalog's id of the model.</summary>
    public const string CatalogModel = "gateway-catalog-model";

    /// <summary>What is asked of the provider: a member of <see cref="Operations"/>.</summary>
    public const string Operation = "gateway-operation";

    /// <summary>The wire format of the API that is called, where it is not the one that the catalog says of the provider.</summary>
    public const string Api = "gateway-api";

    /// <summary><c>true</c> when a stream is asked for.</summary>
    public const string Stream = "gateway-stream";

    /// <summary>How long the body is, for whoever makes room for it. It goes chunked, without a length that a sidecar would see (rule E174).</summary>
    public const string BodyBytes = "gateway-body-bytes";

    /// <summary>
    /// Which conversation a request belongs to, as 16 hexadecimal digits: its turns stay on one credential, where the provider caches its prompt.
    /// </summary>
    public const string Affinity = "gateway-affinity";

    /// <summary>Towards billing: who makes an admin call, as <c>AdminCaller</c> writes it.</summary>
    public const string Admin = "gateway-admin";

    /// <summary>Towards the console: the address by which a browser has called ingress, <c>https://gateway.example</c>.</summary>
    public const string PublicUrl = "gateway-public-url";

    /// <summary>Towards the console: where clients reach the API, which may have another address than the console.</summary>
    public const string ApiUrl = "gateway-api-url";

    /// <summary>Towards the console: <c>true</c> where admins may sign in by the company's identity provider.</summary>
    public const string CompanySignIn = "gateway-company-sign-in";

    /// <summary>Towards the console: where the browser's call came from, as far as ingress knows.</summary>
    public const string ClientAddress = "gateway-client-address";

    // On the way back.

    /// <summary>Who made this answer: <see cref="OriginUpstream"/> or <see cref="OriginGateway"/>. An answer without it comes from a sidecar.</summary>
    public const string Origin = "gateway-origin";

    public const string OriginUpstream = "upstream";
    public const string OriginGateway = "gateway";

    /// <summary>On an answer of <see cref="OriginGateway"/>: the name of its <c>ErrorKind</c>.</summary>
    public const string ErrorKind = "gateway-error-kind";

    /// <summary>Beside it: Anthropic's <c>error.details.error_code</c>, where there is one.</summary>
    public const string ErrorCode = "gateway-error-code";

    /// <summary>How many calls to the provider this answer took.</summary>
    public const string Attempts = "gateway-attempts";

    /// <summary>
    /// Request fields the target could not express, and parts of its answer that Anthropic's format can't: <c>top_k, answer.citations</c>. What
    /// turns up only after the headers of a stream is in a comment of this name before <c>message_delta</c>.
    /// </summary>
    public const string Dropped = "gateway-dropped";

    /// <summary>
    /// What had to be changed before the provider took the request, each for one more call to it: <c>temperature, stream, api</c>. Later requests
    /// to the same model are written so from the start.
    /// </summary>
    public const string Resent = "gateway-resent";

    /// <summary>How many seconds a request waited until limits had room for it; a stream that has had a ping meanwhile cannot say it.</summary>
    public const string QueueSeconds = "gateway-queue-seconds";

    /// <summary>How exact a token count is: <c>provider</c> or <c>estimate</c>.</summary>
    public const string CountAccuracy = "gateway-count-accuracy";

    /// <summary>Set to <c>true</c> by the translator when the provider sent no usage and the numbers are its own estimate.</summary>
    public const string UsageEstimated = "gateway-usage-estimated";

    /// <summary>The service tier a provider says it served, which its price depends on; in a stream a comment of this name.</summary>
    public const string ServiceTier = "gateway-service-tier";

    /// <summary>What the provider itself says the answer cost, where it does (rule F6).</summary>
    public const string ProviderCost = "gateway-provider-cost";

    /// <summary>
    /// On a failed answer: what the provider says it used all the same, as JSON (rule F5). In a stream a comment of this name before the
    /// error.
    /// </summary>
    public const string Usage = "gateway-usage";
}
