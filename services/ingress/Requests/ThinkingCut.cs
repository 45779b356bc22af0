namespace Gateway.Ingress.Requests;

/// <summary>Which thinking blocks leave the history.</summary>
internal enum ThinkingCut
{
    /// <summary>Those this gateway made.</summary>
    Minted,
    MintedAndUnsigned,

    /// <summary>All, redacted ones too: the provider has refused one of them.</summary>
    All,
}
