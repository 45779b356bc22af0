using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Quota;

/// <summary>
/// Waiting in the place of a refusal. A request waits at the account that refused it and has nothing anywhere meanwhile; at its turn it asks all accounts
/// again, from the first on, and goes on to wait at another one if that has nothing left now.
/// </summary>
internal sealed partial class QuotaGate
{
    /// <summary>Whether there may be enough in so much time.</summary>
    private static bool MayPass(Refusal refusal, TimeSpan left) =>
        refusal.Quota is { Transient: true } quota && TimeSpan.FromMilliseconds(quota.RetryAfterMs ?? 0) <= left;

    /// <exception cref="GatewayException">It has waited for as long as it may, no more requests may wait, or it is no use to wait any longer.</exception>
    private async ValueTask<Admission?> WaitAsync(Asking asking, Refusal refusal, TimeSpan most, CancellationToken cancellationToken)
    {
        using var ticket = queue.TryEnter(asking.Key.Id, most, out var full);
        if (ticket is null)
            throw Told(asking, refusal, full);
        var watch = asking.Watch!;
        Admission? admission = null;
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Token))
        {
            try
            {
                while (admission is null && MayPass(refusal, ticket.Left))
                {
                    ticket.WaitAt(refusal.Asked[refusal.At], refusal.Quota!, refusal.IsBehind);
                    if (!await ticket.TurnAsync(over.Token))
                        break;
                    var place = new Admission(leases.LeaseId) { Asked = asking.Asked, Queued = ticket.Waited };
                    if (await TryAsync(asking, place, ticket.At, over.Token) is { } again)
                        refusal = again;
                    else
                        admission = place;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw GatewayException.Interrupted();
            }
        }

        if (admission is not null)
            ticket.Admitted();
        var seconds = ticket.Waited.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        // No ping while the headers are put.
        await watch.LockAsync();
        try
        {
            if (!asking.Response.HasStarted)
                asking.Response.Headers[GatewayHeaders.QueueSeconds] = seconds;
            if (admission is null)
                throw Told(asking, refusal, $"The request has waited {seconds} s for it.");
            PutHeaders(asking);
            return admission;
        }
        finally
        {
            watch.Unlock();
        }
    }
}
