namespace Gateway.Contracts.Web;

/// <summary>Why a web tool has not done what it was asked for: Anthropic's <c>error_code</c>s.</summary>
public static class WebErrors
{
    public const string InvalidInput = "invalid_tool_input";
    public const string MaxUsesExceeded = "max_uses_exceeded";
    public const string TooManyRequests = "too_many_requests";
    public const string QueryTooLong = "query_too_long";
    public const string Unavailable = "unavailable";
    public const string UrlTooLong = "url_too_long";
    public const string UrlNotAllowed = "url_not_allowed";
    public const string UrlNotInPriorContext = "url_not_in_prior_context";
    public const string UrlNotAccessible = "url_not_accessible";
    public const string UnsupportedContentType = "unsupported_content_type";
    public const string ContentTooLarge = "content_too_large";
}
