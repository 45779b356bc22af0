using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Relay;

/// <summary>How far one try of a route has come. A try that was begun ends as one of the last three.</summary>
internal abstract record RouteOutcome
{
    private RouteOutcome()
    {
    }

    /// <summary>The answer has ended at the client, or was ended there by an error event, and is recorded: the request is done.</summary>
    public static RouteOutcome Delivered { get; } = new DeliveredOutcome();

    /// <summary>The client closed the connection before the end of the answer. No route is to blame, and none is tried any more.</summary>
    public static RouteOutcome ClientLeft { get; } = new ClientLeftOutcome();

    /// <summary>The provider's answer has begun with a status of 2xx. Its body is still to be relayed.</summary>
    /// <param name="Response">Is disposed of by whoever relays it.</param>
    public sealed record Answered(HttpResponseMessage Response) : RouteOutcome;

    /// <summary>The route gave no answer that could be used, and nothing of one has reached the client.</summary>
    /// <param name="Kind">What went wrong; the error table says whose fault that is, and the HTTP status of it.</param>
    /// <param name="Message">For the client: what was wrong and what to do; as far as it came from a provider, bounded.</param>
    public sealed record Failed(ErrorKind Kind, string Message) : RouteOutcome
    {
        public string Message { get; } = BoundedText.Cut(Message, BoundedText.MaxMessage);

        public int? RetryAfterSeconds { get; init; }

        /// <summary>The endpoint does not answer in the mode it was asked in.</summary>
        public bool IsWrongMode { get; init; }

        /// <summary>The gateway has no credentials for the provider, which was not asked.</summary>
        public bool HasNoCredentials { get; init; }

        /// <summary>The endpoint counts no tokens; another of the same model may.</summary>
        public bool LacksCounter { get; init; }

        /// <summary>Anthropic's code for a reason that clients act on.</summary>
        public string? ErrorCode { get; init; }

        /// <summary>What the provider said, in whatever form, where that is not for the client.</summary>
        public string? Words { get; init; }

        /// <summary>What the provider calls it.</summary>
        public string? Code { get; init; }

        /// <summary>A provider's own error answer that goes to the client byte for byte (rule E124).</summary>
        public UpstreamError? Upstream { get; init; }

        /// <summary>Whether another route may still serve the request. A 404 may be a model that only this provider lacks.</summary>
        public bool MayTryNext => ErrorTable.Of(Kind).NextRoute || Kind == ErrorKind.NotFound;

        /// <summary>Whether the request is too long for the model's window, in Anthropic's words, into which the translator puts others' (rule E123).</summary>
        public bool IsOverflow => Kind is ErrorKind.InvalidRequest
            && (Message.Contains("prompt is too long", StringComparison.Ordinal) || Message.Contains("exceed context limit", StringComparison.Ordinal));

        public int Status => Upstream?.Status ?? ErrorTable.Of(Kind).Status;
    }

    private sealed record DeliveredOutcome : RouteOutcome;

    private sealed record ClientLeftOutcome : RouteOutcome;
}
