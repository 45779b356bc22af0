using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Requests;
using Gateway.Ingress.Safeguards;

namespace Gateway.Ingress.Relay;

/// <summary>One request on its way: what was asked, by whom, and what became of it so far.</summary>
internal sealed class Exchange
{
    private int _settled;

    public required string RequestId { get; init; }

    /// <summary>The client's request that the gateway makes this one for; null for a client's own.</summary>
    public string? ParentRequestId { get; init; }

    /// <summary>What it makes it for.</summary>
    public string? Purpose { get; init; }

    public required string Surface { get; init; }

    public required string Operation { get; init; }

    public required long Started { get; init; }

    public required KeyRecord Key { get; init; }

    public required RequestEnvelope Envelope { get; init; }

    public required ModelEntry Model { get; init; }

    /// <summary>Whether it uses tokens that somebody pays for; counting them in advance costs nothing.</summary>
    public bool IsMetered => Operation == Operations.Generate;

    /// <summary>Whether its answer is relayed event by event.</summary>
    public bool IsStreamed => IsMetered && Envelope.Stream;

    public required int BodyBytes { get; init; }

    /// <summary>Of which conversation it is a turn; null where nothing depends on that.</summary>
    public ulong? Affinity { get; init; }

    /// <summary>The request's place in its accounts; null when nothing limits the key.</summary>
    public Admission? Admission { get; set; }

    /// <summary>Of the route being tried.</summary>
    public AnswerMeter Meter { get; private set; } = null!;

    /// <summary>The route being tried, or the one that answered.</summary>
    public ModelRoute? Route { get; set; }

    /// <summary>Calls to providers so far, over all routes.</summary>
    public int Attempts { get; set; }

    /// <summary>Routes given up for the next one; null as long as there are none.</summary>
    public List<FailedRoute>? FailedRoutes { get; private set; }

    public string? UpstreamRequestId { get; set; }

    /// <summary>When the first piece of the answer's content came.</summary>
    public long? FirstToken { get; set; }

    public IReadOnlyList<string>? Dropped { get; set; }

    /// <summary>What the route was not told, and the tags that the key may not use.</summary>
    public IReadOnlyList<string>? AllDropped =>
        Origin?.TagsLeftOut is not { } tags ? Dropped : Dropped is null ? tags : [.. Dropped, .. tags];

    /// <summary>The route is asked in the other mode than the client asked in, whose answer the relay turns back.</summary>
    public bool AsksOtherMode { get; set; }

    /// <summary>What the provider refused and was changed before it answered.</summary>
    public string? Resent { get; set; }

    /// <summary>What the answer's usage has besides Anthropic's members.</summary>
    public UsageExtras Extras { get; init; }

    /// <summary>The caller's own id of the request, its header of this name.</summary>
    public string? XRequestId { get; init; }

    /// <summary>Who it is for and what for; null where the request says nothing of the kind.</summary>
    public RequestOrigin? Origin { get; init; }

    /// <summary>What Claude Code says of itself: its session, agent and the like (rule E157).</summary>
    public IReadOnlyDictionary<string, string>? ClientTags { get; init; }

    /// <summary>The request's own, for the event.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What the client wants to know of the tool calls of its answer; null where it asks for nothing.</summary>
    public SafeguardsRequest? Safeguards { get; set; }

    /// <summary>The judging of the answer of the route being tried, where the gateway has it done.</summary>
    public SafeguardsCheck? Check { get; set; }

    /// <summary>Records what the failed route before this one used (rule F18), and starts with this one.</summary>
    public void Begin(ModelRoute route, RouteOutcome.Failed? before)
    {
        if (Route is { } tried && before is not null)
        {
            var usage = Meter.Started || Meter.Usage.OutputTokens is not null ? Meter.Usage : null;
            (FailedRoutes ??= []).Add(new FailedRoute
            {
                Provider = tried.Entry.Provider,
                UpstreamModel = tried.Entry.Model,
                ErrorType = ErrorTable.Of(before.Kind).Type,
                Usage = usage,
                Cost = usage is null ? null : CostCalculator.Of(usage, tried.Price),
            });
        }

        Route = route;
        Meter = new AnswerMeter { ReadsTranslatorComments = !route.IsNative };
        Dropped = null;
        Resent = null;
        AsksOtherMode = false;
        UpstreamRequestId = null;
    }

    /// <summary>True the first time only: a request is recorded once, whichever way its end is noticed first.</summary>
    public bool TrySettle() => Interlocked.Exchange(ref _settled, 1) == 0;
}
