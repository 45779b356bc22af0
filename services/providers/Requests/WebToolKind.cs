namespace Gateway.Providers.Requests;

public enum WebToolKind
{
    Search,
    Fetch,
}
