using System.Text.RegularExpressions;

namespace Gateway.Providers.Requests;

/// <summary>
/// The addresses that a conversation has had from outside the model: of the user, of results of tools, searches and pages. Only those may be
/// fetched, so that a model can't be talked into carrying what it knows away in an address of its own making.
/// </summary>
public static partial class KnownUrls
{
    public static bool Contains(MessagesRequest request, Uri wanted)
    {
        var address = Normal(wanted);
        foreach (var message in request.Messages)
        {
            foreach (var block in message.Content)
            {
                if ((message.Role != Role.Assistant || block is ContentBlock.ServerTool { Call: not null }) && Has(block, address))
                    return true;
            }
        }

        return false;
    }

    private static bool Has(ContentBlock block, string address) => block switch
    {
        ContentBlock.ToolResult result => result.Content.Any(b => Has(b, address)),
        ContentBlock.SearchResult result => Has(result.Source, address) || result.Content.Any(b => Has(b, address)),
        ContentBlock.Document { Source: MediaSource.Url url } => Has(url.Address, address),
        _ => BlockText.Of(block) is { } text && Has(text.ToString(), address),
    };

    private static bool Has(string text, string address)
    {
        foreach (Match match in Address().Matches(text))
        {
            var found = match.Value.TrimEnd('.', ',', ';', ':', '!', '?', '*', '_');
            // A bracket that nothing in it opens is of the text around it.
            if (found.EndsWith(')') && !found.Contains('(', StringComparison.Ordinal))
                found = found.TrimEnd(')');
            if (Uri.TryCreate(found, UriKind.Absolute, out var url) && Normal(url) == address)
                return true;
        }

        return false;
    }

    /// <summary>Without the part that no server sees.</summary>
    private static string Normal(Uri url) => url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);

    [GeneratedRegex("""https?://[^\s"'<>\[\]{}|\\^`]+""", RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
