using Gateway.Contracts.Errors;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// Takes the cures for a refused request one after the other, as far as the bounds go: so many calls, and so long from the first to the last.
/// </summary>
internal sealed class Resending(TranslationRequest request, TimeProvider time)
{
    /// <summary>Refusals are quick; each names one thing.</summary>
    private const int MaxCalls = 8;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    private readonly long _started = time.GetTimestamp();
    private readonly List<string> _cures = [];
    private int _calls = 1;

    /// <summary>What was changed, in its order, for <c>gateway-resent</c>.</summary>
    public IReadOnlyList<string> Cures => _cures;

    /// <summary>Prepares the request to be sent once more. False where nothing is left to try.</summary>
    public bool TryCure(ProviderFailure failure)
    {
        var call = request.Call;
        if (_calls == MaxCalls || time.GetElapsedTime(_started) > Budget)
            return false;
        var refused = call.Adjustments;
        byte[]? before = null;
        foreach (var cure in Providers.Dialects.Cures.For(call, failure))
        {
            before ??= Body();
            call.Adjustments = cure.Next;
            if (Body() is { } after && (cure.Next.Over != refused.Over || cure.Next.Stream != refused.Stream || !after.AsSpan().SequenceEqual(before)))
            {
                _calls++;
                _cures.Add(cure.Name);
                return true;
            }

            // What was not sent can't have been what was refused.
            call.Adjustments = refused;
        }

        return false;
    }

    /// <summary>Null for a request that can't be written in this way.</summary>
    private byte[]? Body()
    {
        try
        {
            using var body = request.WriteRequest();
            return body.WrittenSpan.ToArray();
        }
        catch (GatewayException)
        {
            return null;
        }
    }
}
