using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Otlp;

/// <summary>
/// Who has sent telemetry, as attributes that join it to usage events: the accounts of its resource, and of each point, record or span the session by the
/// name it has there. Whatever a client says by names that begin like these is left out.
/// </summary>
internal sealed class OtlpSender
{
    public const string Prefix = "gateway.";
    public const string ClientSession = "session.id";
    public const string Session = Prefix + "session";

    private readonly Func<string, string?> _sessionName;

    /// <param name="accounts">From its own upwards.</param>
    /// <param name="sessionName">How a session is called in usage events; null: nobody knows.</param>
    public OtlpSender(IReadOnlyList<string> accounts, Func<string, string?> sessionName)
    {
        _sessionName = sessionName;
        Attributes = [.. accounts.Select(id => (NameOf(id), id))];
    }

    /// <summary>The most that a body may come to: who sent it is added to each resource, and a client may send millions of empty ones.</summary>
    public static int MostOf(int bytes) => (2 * bytes) + (64 * 1024);

    public IReadOnlyList<(string Name, string Value)> Attributes { get; }

    public string? SessionOf(string id) => _sessionName(id);

    private static string NameOf(string account) => account switch
    {
        _ when AccountIds.IsTeam(account) => Prefix + "team.id",
        _ when AccountIds.IsOrganization(account) => Prefix + "organization.id",
        _ when AccountIds.IsUser(account) => Prefix + "user.id",
        _ => Prefix + "key.id",
    };
}
