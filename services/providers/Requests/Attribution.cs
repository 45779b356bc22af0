namespace Gateway.Providers.Requests;

/// <summary>
/// Claude Code puts a line about itself into the system prompt that changes with every request. It is for Anthropic; anywhere else it
/// only destroys the provider's prefix cache (rule E76).
/// </summary>
internal static class Attribution
{
    private const string Start = "x-anthropic-billing-header:";

    /// <summary>The text without that line, byte-identical otherwise; null where nothing is left.</summary>
    public static ContentBlock.Text? Remove(ContentBlock.Text text)
    {
        if (!text.Value.StartsWith(Start))
            return text.Value.IsEmpty ? null : text;
        var whole = text.Value.ToString();
        var end = whole.IndexOf('\n', StringComparison.Ordinal);
        var rest = end < 0 ? "" : whole[(end + 1)..];
        return rest.Length == 0 ? null : text with { Value = rest };
    }
}
