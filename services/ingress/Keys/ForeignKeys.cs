namespace Gateway.Ingress.Keys;

/// <summary>Keys that are plainly somebody else's, told by how they begin; nothing else of a key is ever repeated.</summary>
internal static class ForeignKeys
{
    /// <summary>The longer before the shorter.</summary>
    private static readonly (string Beginning, string What)[] Known =
    [
        ("sk-ant-oat", "a sign-in token of a Claude subscription"),
        ("sk-ant-admin", "an admin key of Anthropic"),
        ("sk-ant-", "a key of Anthropic"),
        ("sk-or-", "a key of OpenRouter"),
        ("sk-", "a key of OpenAI or a provider like it"),
        ("AIza", "a key of Google"),
        ("gsk_", "a key of Groq"),
        ("xai-", "a key of xAI"),
        ("fw_", "a key of Fireworks"),
        ("csk-", "a key of Cerebras"),
        ("tgp_", "a key of Together"),
    ];

    /// <summary>What is to be said of a key that no record has; null where nothing is known of it.</summary>
    public static string? Explain(string? key)
    {
        foreach (var (beginning, what) in Known)
        {
            if (key?.StartsWith(beginning, StringComparison.Ordinal) == true)
                return $"This is {what} ({beginning}…), not of this gateway: it goes into the gateway's own settings, never into a client's. "
                    + "Send a key of this gateway; its operator makes one with POST /admin/v1/keys.";
        }

        return null;
    }
}
