using Gateway.ProviderAdapter.Clouds;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>The credentials of one call, one after the other.</summary>
internal sealed class CredentialTries(Upstream upstream, SecretSource secrets, in CallRequest call)
{
    private readonly string _model = call.Model;
    private readonly int[] _order = upstream.Credentials.For(call.Model, call.Affinity);
    private int _next;
    private int _index = -1;
    private bool _read;
    private bool _renewed;

    /// <summary>What to send now; null where the provider takes none.</summary>
    public string? Current { get; private set; }

    /// <summary>
    /// What signs the request, or gets its token, from <see cref="Current"/> or from what this machine has; null where that is sent as it is.
    /// </summary>
    public CloudKey? CloudKey => upstream.CloudKeyOf(Name, Current);

    /// <summary>After a refusal: whether the cloud's credentials may be others now. Asked once a call.</summary>
    public bool Renews(UpstreamAnswer answer)
    {
        if (_renewed || answer.Used is null || answer.Status != StatusCodes.Status401Unauthorized)
            return false;
        _renewed = true;
        return CloudKey!.Refused(answer.Used, answer.Response.Headers, answer.Body.WrittenSpan);
    }

    /// <summary>The name of <see cref="Current"/> in the secret store.</summary>
    public string? Name => _index < 0 ? null : upstream.Credentials.Names[_index];

    /// <summary>Goes to the first credential that exists. False if there are names but no credential behind any of them.</summary>
    public async ValueTask<bool> StartAsync() => _order.Length == 0 || await NextAsync();

    /// <summary>After a refusal: the same secret if it has changed since it was read, else the next one that exists.</summary>
    public async ValueTask<bool> AfterRefusalAsync()
    {
        if (_index < 0)
            return false;
        if (!_read)
        {
            _read = true;
            if (await secrets.ChangedAsync(Name!, Current!) is { } changed)
            {
                Current = changed;
                return true;
            }
        }

        upstream.Credentials.Refused(_index);
        return await NextAsync();
    }

    /// <summary>After a limit: the next one that exists and does not rest.</summary>
    public async ValueTask<bool> AfterLimitAsync(TimeSpan rest)
    {
        if (_index < 0)
            return false;
        upstream.Credentials.Limited(_index, _model, rest);
        return _next < _order.Length && !upstream.Credentials.Rests(_order[_next], _model) && await NextAsync();
    }

    public void Accepted()
    {
        if (_index >= 0)
            upstream.Credentials.Accepted(_index, _model);
    }

    private async ValueTask<bool> NextAsync()
    {
        while (_next < _order.Length)
        {
            var index = _order[_next++];
            if (await secrets.GetAsync(upstream.Credentials.Names[index]) is not { } value)
                continue;
            _index = index;
            _read = false;
            Current = value;
            return true;
        }

        return false;
    }
}
