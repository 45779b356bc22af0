using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Safeguards;

/// <summary>
/// The judging of one answer, from the moment before its route is asked. Whatever goes wrong, the answer itself goes out; what was reserved and not
/// used goes back when this is disposed of.
/// </summary>
internal sealed class SafeguardsCheck : IDisposable
{
    /// <summary>On top of the judge's own limit, until the watch would take the wait for a provider that hangs.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    private readonly SafeguardsJudge _judge;
    private readonly Exchange _exchange;
    private readonly SafeguardsRequest? _request;
    private readonly SafeguardsReservation? _reserved;
    private readonly byte[]? _said;

    public SafeguardsCheck(SafeguardsJudge judge, Exchange exchange, SafeguardsRequest request, SafeguardsReservation reserved)
        : this(judge, exchange) => (_request, _reserved) = (request, reserved);

    private SafeguardsCheck(SafeguardsJudge judge, Exchange exchange) => (_judge, _exchange) = (judge, exchange);

    private SafeguardsCheck(SafeguardsJudge judge, Exchange exchange, byte[] said)
        : this(judge, exchange) => _said = said;

    /// <summary>One that is over before it has begun.</summary>
    /// <param name="said">The results, whatever the answer is.</param>
    public static SafeguardsCheck Without(SafeguardsJudge judge, Exchange exchange, byte[] said) => new(judge, exchange, said);

    public void Dispose() => _reserved?.Admission?.Withdraw();

    /// <summary>The value of <c>safeguard_results</c>. Never fails.</summary>
    /// <exception cref="OperationCanceledException">The client has left, or the service stops.</exception>
    public async ValueTask<byte[]> JudgeAsync(PendingCalls calls, ResponseWatch watch)
    {
        _judge.NoteSilence(_exchange.Route!);
        if (_said is not null || calls.IsUnreadable)
            return _said ?? SafeguardResults.Unavailable(Reasons.Error);
        var verdicts = new Verdict[calls.All.Count];
        var open = new List<(int Place, PendingCall Call)>(verdicts.Length);
        for (var i = 0; i < verdicts.Length; i++)
        {
            if (calls.All[i].Unjudged is { } reason)
                verdicts[i] = Verdict.Unavailable(reason);
            else
                open.Add((i, calls.All[i]));
        }

        if (open.Count > 0 && await AskAsync(calls, open, verdicts, watch) is { } whole)
            return whole;
        return SafeguardResults.Available(calls.All, verdicts);
    }

    /// <summary>Puts the verdicts in. Else the results as a whole, where nothing can be said of this answer.</summary>
    private async ValueTask<byte[]?> AskAsync(PendingCalls calls, List<(int Place, PendingCall Call)> open, Verdict[] verdicts, ResponseWatch watch)
    {
        using var body = new PooledBuffer(32 * 1024);
        try
        {
            JudgeRequest.Write(body, _reserved!.Name, _request!.Context, _request.Body.WrittenMemory, open, calls.Text);
        }
        catch (InvalidOperationException)
        {
            // Something of the client's request is no text.
            return SetAll(Reasons.Error);
        }

        if (body.WrittenCount > _reserved.MaxBytes)
            return SetAll(Reasons.InputTooLong);
        watch.SetIdleTimeout(_judge.Limit + Margin);
        var (outcome, answer) = await _judge.AskAsync(_judge.ExchangeFor(_exchange, _reserved, body), _reserved.Routes, body, watch.Token);
        switch (outcome)
        {
            case null:
                return SetAll(Reasons.Timeout);
            case RouteOutcome.Failed { Kind: ErrorKind.ProviderRateLimited }:
                return SafeguardResults.Unavailable(Reasons.RateLimited);
            case RouteOutcome.Failed failed:
                return SetAll(failed.IsOverflow || failed.Kind == ErrorKind.RequestTooLarge ? Reasons.InputTooLong
                    : failed.Kind == ErrorKind.ProviderTimeout ? Reasons.Timeout
                    : Reasons.Error);
        }

        var read = JudgeAnswer.Read(answer, out var refused);
        foreach (var (place, _) in open)
            verdicts[place] = refused ? Verdict.Unavailable(Reasons.Refused) : read.GetValueOrDefault(place, Verdict.Unavailable(Reasons.Error));
        return null;

        byte[]? SetAll(string reason)
        {
            foreach (var (place, _) in open)
                verdicts[place] = Verdict.Unavailable(reason);
            return null;
        }
    }
}
