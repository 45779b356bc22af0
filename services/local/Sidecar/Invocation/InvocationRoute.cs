namespace Gateway.Local.Sidecar.Invocation;

/// <summary>Where an invocation's URI leads.</summary>
/// <param name="App">The callee.</param>
/// <param name="AppId">The callee as the caller named it.</param>
/// <param name="IsLocal">The caller calls itself, so that one sidecar is passed and not two.</param>
/// <param name="Identity">The headers that tell the callee who calls it.</param>
/// <param name="Address">The callee's address when this was worked out.</param>
/// <param name="Target">Path and query for the app.</param>
internal sealed record InvocationRoute(AppChannel App, string AppId, bool IsLocal, IReadOnlyList<KeyValuePair<string, string>> Identity, Uri Address, string Target, string Path, string Query)
{
    public string Authority { get; } = Address.Authority;

    public string Url => App.Origin + Target;
}
