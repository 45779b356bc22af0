namespace Gateway.Contracts.Usage;

/// <summary>What the name of a request's tag may be: it stands in headers, settings and the parameters of reports.</summary>
public static class TagNames
{
    public const int MaxLength = 64;

    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= MaxLength } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/');
}
