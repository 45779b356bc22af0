using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// What a request may use, before it has used anything. The most it can cost bounds a strict budget; what it will probably cost is
/// enough for rate limits and soft budgets, and is put right when it ends.
/// </summary>
internal sealed class RequestNeed
{
    /// <summary>A call that counts tokens, which uses none.</summary>
    public static readonly Allowance Counting = new() { TokenCounts = 1 };

    /// <summary>No token is shorter than a byte.</summary>
    private const int LeastBytesPerToken = 1;
    private const int UsualBytesPerToken = 4;

    /// <summary>Answers are mostly shorter than what clients allow for (rule F27).</summary>
    private const long UsualOutput = 1024;

    /// <summary>Of a request whose cost cannot be known: a budget that is spent to the last unit refuses it.</summary>
    private const decimal LeastMoney = 0.000001m;

    private readonly ModelEntry _model;
    private readonly RequestEnvelope _envelope;
    private readonly long _mostInput;
    private readonly long _mostOutput;
    private readonly Allowance _usual;
    private readonly int _bodyBytes;
    private readonly int? _comingBytes;

    public RequestNeed(RequestEnvelope envelope, int bodyBytes, ModelEntry model, IReadOnlyList<ModelRoute> routes, int? comingBytes = null)
    {
        (_envelope, _model, _bodyBytes, _comingBytes) = (envelope, model, bodyBytes, comingBytes);
        _mostOutput = Math.Min(envelope.MaxTokens ?? 0, model.MaxOutputTokens ?? long.MaxValue);
        // What the provider fetches itself is not bounded by the bytes sent, only by the model's context.
        var context = LargestContext(routes);
        var most = envelope.Traits.HasFlag(RequestTraits.Fetches) ? context ?? (bodyBytes + envelope.ToolUses.MostBytes) : bodyBytes / LeastBytesPerToken;
        _mostInput = Math.Min(most, context ?? most);
        _usual = new Allowance
        {
            Requests = 1,
            Slots = comingBytes is null ? 1 : 0,
            InputTokens = Math.Min((comingBytes ?? bodyBytes) / UsualBytesPerToken, _mostInput),
            OutputTokens = Math.Min(UsualOutput, _mostOutput),
        };
        Routes = routes;
    }

    /// <summary>Of a request that is still to come, in the place of one that runs.</summary>
    public bool IsComing => _comingBytes is not null;

    /// <summary>The routes that every budget asked so far can hold.</summary>
    public IReadOnlyList<ModelRoute> Routes { get; private set; }

    /// <summary>The same request where it goes this way and no other.</summary>
    public RequestNeed At(ModelRoute route) => new(_envelope, _bodyBytes, _model, [route], _comingBytes);

    /// <summary>Of an account with this budget.</summary>
    public Allowance For(BudgetStatus? budget) => _usual with { Money = Money(budget) };

    /// <summary>What of the rates the request has used in the end. Input is counted as Anthropic's rate limits do: cache reads are free (rule F32).</summary>
    public static Allowance Used(TokenUsage usage) => new()
    {
        InputTokens = (usage.InputTokens ?? 0) + usage.CacheWrites,
        OutputTokens = usage.OutputTokens ?? 0,
    };

    /// <summary>Whether the budget can hold whatever any of the routes costs.</summary>
    public bool IsBounded(BudgetStatus? budget)
    {
        if (budget is null)
            return true;
        for (var i = 0; i < Routes.Count; i++)
        {
            if (!IsBounded(Routes[i], budget))
                return false;
        }

        return true;
    }

    /// <summary>Leaves only the routes whose cost the budget can hold.</summary>
    /// <exception cref="UnboundedCostException">There are none.</exception>
    public void KeepWithin(BudgetStatus? budget)
    {
        if (budget is null || IsBounded(budget))
            return;
        var bounded = Routes.Where(route => IsBounded(route, budget)).ToList();
        if (bounded.Count == 0)
            throw Unbounded(budget);
        Routes = bounded;
    }

    /// <summary>What of a budget the request reserves: over the routes it may take, the dearest.</summary>
    private decimal Money(BudgetStatus? budget)
    {
        if (budget is null)
            return 0;
        decimal most = 0;
        for (var i = 0; i < Routes.Count; i++)
        {
            var cost = Routes[i].Price is not { } price || !IsPriced(price, budget) ? LeastMoney
                : budget.Enforcement == BudgetEnforcement.Strict ? HasBound(Routes[i]) ? Most(price) : budget.MaxReservation ?? Most(price)
                : Usual(price.PerMillion);
            most = Math.Max(most, cost);
        }

        return Math.Min(most, budget.MaxReservation ?? most);
    }

    private bool IsBounded(ModelRoute route, BudgetStatus budget)
    {
        if (budget.Unpriced == UnpricedPolicy.Refuse && !(route.Price is { } price && IsPriced(price, budget)))
            return false;
        return budget.Enforcement != BudgetEnforcement.Strict || budget.MaxReservation is not null || HasBound(route);
    }

    /// <summary>
    /// Whether what tools that the client does not run can cost by this route has a bound. Web tools run on any route, by its provider or by the
    /// gateway; the others only at Anthropic.
    /// </summary>
    private bool HasBound(ModelRoute route) =>
        _envelope.ToolUses is { Most: not null, Searches: var searches, Unbounded: var unbounded }
        && (unbounded is null || !route.IsNative)
        && (searches == 0 || route.Price?.PerRequest?.WebSearch is not null);

    private static bool IsPriced(Price price, BudgetStatus budget) =>
        price.Currency == budget.Currency && price.PerMillion is { Input: not null, Output: not null };

    private UnboundedCostException Unbounded(BudgetStatus budget)
    {
        var prices = Routes.Select(route => route.Price).OfType<Price>().ToList();
        if (prices.Any(price => IsPriced(price, budget)))
        {
            return _envelope.ToolUses switch
            {
                { Unbounded: { } tool } => new(
                    ErrorKind.InvalidRequest, "unbounded",
                    $"{(tool == "mcp_servers" ? tool : $"tools: {BoundedText.Cut(tool)}")}: nothing bounds what it may cost, so a strict budget cannot "
                    + "hold it. Leave it out, or ask the operator of the gateway for a soft budget, or for one with a maxReservation."),
                { Most: null } => new(
                    ErrorKind.InvalidRequest, "unbounded", "tools: under a strict budget a web tool must say how often it may be used. Give it max_uses."),
                _ => new(
                    ErrorKind.BudgetExhausted, "unpriced",
                    $"The price of {_model.Id} does not say what a web search costs, so a strict budget cannot hold it. Leave the tool out, "
                    + "or ask the operator of the gateway to complete the price (perRequest.webSearch)."),
            };
        }

        var why = prices.FirstOrDefault(price => price.Currency != budget.Currency) is { } other
            ? $"{_model.Id} is priced in {other.Currency} and the budget of this API key is in {budget.Currency}"
            : $"{_model.Id} has no price for input and output";
        return new(
            ErrorKind.BudgetExhausted, "unpriced",
            $"{why}: what it costs cannot be held to the budget. Use another model, or ask the operator of the gateway to price it, or to set "
            + "unpriced to allow in the budget.");
    }

    /// <summary>Null where it is not known of one of them.</summary>
    private static long? LargestContext(IReadOnlyList<ModelRoute> routes)
    {
        long largest = 0;
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].ContextTokens is not { } context)
                return null;
            largest = Math.Max(largest, context);
        }

        return largest;
    }

    private decimal Most(Price price)
    {
        var most = Most(price.PerMillion);
        for (var step = price.LongContext; step is not null && _mostInput > step.AboveInputTokens; step = step.Longer)
            most = Math.Max(most, Most(step.PerMillion));
        return (most * Factor(price) * (_envelope.Traits.HasFlag(RequestTraits.MayCompact) ? 2 : 1))
            + (_envelope.ToolUses.Searches * (price.PerRequest?.WebSearch ?? 0));
    }

    /// <summary>The provider may serve any request in a dearer tier; speed and region are asked for, and then in the body. All may come together.</summary>
    private decimal Factor(Price price)
    {
        decimal factor = 1;
        if (price.Factors is not null)
        {
            foreach (var (name, value) in price.Factors)
            {
                if (name == "priority" || _envelope.Traits.HasFlag(RequestTraits.AsksForMore))
                    factor *= Math.Max(1, value);
            }
        }

        return factor;
    }

    private decimal Most(PerMillion rates)
    {
        var input = Math.Max(Math.Max(rates.Input ?? 0, rates.CacheRead ?? 0), Math.Max(rates.CacheWrite5m ?? 0, rates.CacheWrite1h ?? 0));
        // What was there before a use of a web tool is read again after it.
        return ((_mostInput * input * (1 + (_envelope.ToolUses.Most ?? 0))) + (_mostOutput * (rates.Output ?? 0))) / 1_000_000m;
    }

    private decimal Usual(PerMillion rates) => ((_usual.InputTokens * (rates.Input ?? 0)) + (_usual.OutputTokens * (rates.Output ?? 0))) / 1_000_000m;
}
