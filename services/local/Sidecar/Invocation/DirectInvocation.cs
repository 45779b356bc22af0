using System.Diagnostics;
using System.Net;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// Invocation from one app of this process to another without a stop at the sidecar's server: the callee's application gets the request, with
/// what two sidecars change about it. Whatever is not plainly such a call goes to the server, which knows what to say.
/// </summary>
/// <param name="invoker">The rules.</param>
/// <param name="apps">Who may be called.</param>
/// <param name="caller">Whose calls these are.</param>
/// <param name="options">Of the caller's sidecar.</param>
internal sealed class DirectInvocation(Invoker invoker, IReadOnlyDictionary<string, AppChannel> apps, AppChannel caller, SidecarOptions options)
    : DelegatingHandler
{
    private const string Prefix = "/v1.0/invoke/";
    private const string Method = "/method/";

    private readonly ApiToken _token = new(options.DaprApiToken);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        var end = path.StartsWith(Prefix, StringComparison.Ordinal) ? path.IndexOf('/', Prefix.Length) : -1;
        if (end < 0 || string.CompareOrdinal(path, end, Method, 0, Method.Length) != 0 || !apps.TryGetValue(path[Prefix.Length..end], out var app)
            || app.Door is not { } door || request.Method == HttpMethod.Head || !_token.IsIn(request.Headers) || IsTooLong(request))
            return base.SendAsync(request, cancellationToken);
        // The handler behind would carry the trace on.
        if (Activity.Current is { } activity)
        {
            DistributedContextPropagator.Current.Inject(
                activity, request, static (carrier, name, value) => ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value));
        }

        return SendAsync(request, app.AppId, path[(end + Method.Length - 1)..], door, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, string appId, string method, HttpMessageInvoker door, CancellationToken cancellationToken)
    {
        try
        {
            return await invoker.SendAsync(request, caller, appId, method, request.RequestUri!.Query, door, cancellationToken);
        }
        catch (SidecarFault fault)
        {
            var content = new ReadOnlyMemoryContent(fault.ToJson());
            content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            return new HttpResponseMessage((HttpStatusCode)fault.Status) { Content = content };
        }
    }

    /// <summary>More headers than the sidecar's server reads.</summary>
    private bool IsTooLong(HttpRequestMessage request)
    {
        // A colon, a blank and an end of line each.
        const int Framing = 4;
        var bytes = 0;
        foreach (var (name, values) in request.Headers.NonValidated)
            bytes += name.Length + values.ToString().Length + Framing;
        return bytes > options.MaxHeaderBytes;
    }
}
