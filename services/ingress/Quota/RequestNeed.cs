using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
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

    private readonly long _mostInput;
    private readonly long _mostOutput;
    private readonly bool _asksForMore;
    private readonly bool _mayCompact;
    private readonly IReadOnlyList<Price> _prices;

    public RequestNeed(RequestEnvelope envelope, ReadOnlySpan<byte> body, ModelEntry model, IReadOnlyList<ModelRoute> routes)
    {
        _mostOutput = Math.Min(envelope.MaxTokens ?? 0, model.MaxOutputTokens ?? long.MaxValue);
        // What the provider fetches itself is not bounded by the bytes sent, only by the model's context.
        var most = Fetches(body) ? model.ContextTokens ?? body.Length : body.Length / LeastBytesPerToken;
        _mostInput = Math.Min(most, model.ContextTokens ?? most);
        InputTokens = Math.Min(body.Length / UsualBytesPerToken, _mostInput);
        OutputTokens = Math.Min(UsualOutput, _mostOutput);
        _asksForMore = body.IndexOf("\"speed\""u8) >= 0 || body.IndexOf("\"inference_geo\""u8) >= 0;
        // A compaction reads the whole conversation once more (rule F11).
        _mayCompact = body.IndexOf("\"compact_"u8) >= 0;
        _prices = [.. routes.Select(r => r.Price).OfType<Price>()];
    }

    public long InputTokens { get; }

    public long OutputTokens { get; }

    /// <summary>What of a budget the request reserves: over the routes it may take, the dearest. 0 where there is no price in the budget's currency.</summary>
    public decimal Money(BudgetStatus? budget)
    {
        if (budget is null)
            return 0;
        decimal most = 0;
        foreach (var price in _prices)
        {
            if (price.Currency == budget.Currency)
                most = Math.Max(most, budget.Enforcement == BudgetEnforcement.Strict ? Most(price) : Usual(price.PerMillion));
        }

        return Math.Min(most, budget.MaxReservation ?? most);
    }

    private decimal Most(Price price)
    {
        var most = Most(price.PerMillion);
        if (price.LongContext is { } large && _mostInput > large.AboveInputTokens)
            most = Math.Max(most, Most(large.PerMillion));
        // The provider may serve any request in a dearer tier; speed and region are asked for, and then in the body.
        var factor = price.Factors?.Where(f => f.Key == "priority" || _asksForMore).Select(f => f.Value).DefaultIfEmpty(1).Max() ?? 1;
        return most * Math.Max(1, factor) * (_mayCompact ? 2 : 1);
    }

    private decimal Most(PerMillion rates)
    {
        var input = new[] { rates.Input, rates.CacheRead, rates.CacheWrite5m, rates.CacheWrite1h }.Max() ?? 0;
        return ((_mostInput * input) + (_mostOutput * (rates.Output ?? 0))) / 1_000_000m;
    }

    private decimal Usual(PerMillion rates) => ((InputTokens * (rates.Input ?? 0)) + (OutputTokens * (rates.Output ?? 0))) / 1_000_000m;

    private static bool Fetches(ReadOnlySpan<byte> body) =>
        body.IndexOf("\"url\""u8) >= 0 || body.IndexOf("\"file_id\""u8) >= 0 || body.IndexOf("\"web_"u8) >= 0 || body.IndexOf("\"mcp_servers\""u8) >= 0;
}
