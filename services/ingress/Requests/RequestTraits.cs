namespace Gateway.Ingress.Requests;

/// <summary>What a request holds that its size does not tell.</summary>
[Flags]
internal enum RequestTraits
{
    None = 0,

    /// <summary>The provider fetches content by itself, which no count of bytes bounds.</summary>
    Fetches = 1,

    /// <summary>Speed or region are asked for, at another price.</summary>
    AsksForMore = 2,

    /// <summary>A compaction reads the whole conversation once more (rule F11).</summary>
    MayCompact = 4,

    /// <summary>Thinking in the history, open or redacted, or a setting of that name.</summary>
    Thinking = 8,

    /// <summary>Citations of search results.</summary>
    EncryptedIndex = 16,

    /// <summary>There may be a tool that the provider runs: its uses cost tokens, and some a fee.</summary>
    ServerTools = 32,
}
