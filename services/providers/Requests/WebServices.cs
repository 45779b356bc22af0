namespace Gateway.Providers.Requests;

/// <summary>The web tools that the gateway runs where a provider does not.</summary>
[Flags]
public enum WebServices
{
    None = 0,
    Search = 1,
    Fetch = 2,
}
