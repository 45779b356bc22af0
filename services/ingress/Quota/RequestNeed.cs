using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// What a request may use, before it has used anything. The most it can cost bounds a strict budget; what it will probably cost is
/// enough for rate limits and soft budgets, and is put right when it ends.
/// </summary>
internal sealed class RequestNeed
{
    /// <summary>No token is shorter than a byte.</summary>
    private const int LeastBytesPerToken = 1;
    private const int UsualBytesPerToken = 4;

    /// <summary>Answers are mostly shorter than what clients allow for (rule F27).</summary>
    private const long UsualOutput = 1024;

    private readonly RequestTraits _traits;
    private readonly long _mostInput;
    private readonly long _mostOutput;
    private readonly Allowance _usual;
    private readonly IReadOnlyList<ModelRoute> _routes;

    public RequestNeed(RequestEnvelope envelope, int bodyBytes, ModelEntry model, IReadOnlyList<ModelRoute> routes)
    {
        _traits = envelope.Traits;
        _mostOutput = Math.Min(envelope.MaxTokens ?? 0, model.MaxOutputTokens ?? long.MaxValue);
        // What the provider fetches itself is not bounded by the bytes sent, only by the model's context.
        var most = _traits.HasFlag(RequestTraits.Fetches) ? model.ContextTokens ?? bodyBytes : bodyBytes / LeastBytesPerToken;
        _mostInput = Math.Min(most, model.ContextTokens ?? most);
        _usual = new Allowance
        {
            Requests = 1,
            Slots = 1,
            InputTokens = Math.Min(bodyBytes / UsualBytesPerToken, _mostInput),
            OutputTokens = Math.Min(UsualOutput, _mostOutput),
        };
        _routes = routes;
    }

    /// <summary>Of an account with this budget.</summary>
    public Allowance For(BudgetStatus? budget) => _usual with { Money = Money(budget) };

    /// <summary>What of the rates the request has used in the end. Input is counted as Anthropic's rate limits do: cache reads are free (rule F32).</summary>
    public static Allowance Used(TokenUsage usage) => new()
    {
        InputTokens = (usage.InputTokens ?? 0) + usage.CacheWrites,
        OutputTokens = usage.OutputTokens ?? 0,
    };

    /// <summary>What of a budget the request reserves: over the routes it may take, the dearest. 0 where there is no price in the budget's currency.</summary>
    private decimal Money(BudgetStatus? budget)
    {
        if (budget is null)
            return 0;
        decimal most = 0;
        for (var i = 0; i < _routes.Count; i++)
        {
            if (_routes[i].Price is { } price && price.Currency == budget.Currency)
                most = Math.Max(most, budget.Enforcement == BudgetEnforcement.Strict ? Most(price) : Usual(price.PerMillion));
        }

        return Math.Min(most, budget.MaxReservation ?? most);
    }

    private decimal Most(Price price)
    {
        var most = Most(price.PerMillion);
        if (price.LongContext is { } large && _mostInput > large.AboveInputTokens)
            most = Math.Max(most, Most(large.PerMillion));
        return most * Factor(price) * (_traits.HasFlag(RequestTraits.MayCompact) ? 2 : 1);
    }

    /// <summary>The provider may serve any request in a dearer tier; speed and region are asked for, and then in the body.</summary>
    private decimal Factor(Price price)
    {
        decimal factor = 1;
        if (price.Factors is not null)
        {
            foreach (var (name, value) in price.Factors)
            {
                if (name == "priority" || _traits.HasFlag(RequestTraits.AsksForMore))
                    factor = Math.Max(factor, value);
            }
        }

        return factor;
    }

    private decimal Most(PerMillion rates)
    {
        var input = Math.Max(Math.Max(rates.Input ?? 0, rates.CacheRead ?? 0), Math.Max(rates.CacheWrite5m ?? 0, rates.CacheWrite1h ?? 0));
        return ((_mostInput * input) + (_mostOutput * (rates.Output ?? 0))) / 1_000_000m;
    }

    private decimal Usual(PerMillion rates) => ((_usual.InputTokens * (rates.Input ?? 0)) + (_usual.OutputTokens * (rates.Output ?? 0))) / 1_000_000m;
}
