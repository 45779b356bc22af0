using Gateway.Contracts.Names;

namespace Gateway.AdminConsole.Web;

/// <summary>Where one signs in, and where to go from there.</summary>
internal static class SignInPath
{
    public const string Page = InternalRoutes.Console + "/sign-in";

    /// <summary>Ingress' way to the company's identity provider.</summary>
    public const string Company = Page + "/company";

    /// <param name="request">What was asked for; gone back to afterwards.</param>
    /// <param name="ended">There was a session, and it is over.</param>
    public static string For(HttpRequest request, bool ended)
    {
        var to = HttpMethods.IsGet(request.Method) && request.Path != InternalRoutes.Console
            ? "?to=" + Uri.EscapeDataString(request.Path.ToUriComponent() + request.QueryString.ToUriComponent())
            : "";
        return Page + to + (!ended ? "" : to.Length == 0 ? "?ended=1" : "&ended=1");
    }

    /// <summary>A page of the console and nothing else, whatever somebody has put into a link.</summary>
    public static string Safe(string? to) =>
        to is not null && (to == InternalRoutes.Console || to.StartsWith(InternalRoutes.Console + "/", StringComparison.Ordinal)
            || to.StartsWith(InternalRoutes.Console + "?", StringComparison.Ordinal))
        && !to.AsSpan().ContainsAny('\\', '\r', '\n')
            ? to
            : InternalRoutes.Console;
}
