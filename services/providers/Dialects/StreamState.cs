namespace Gateway.Providers.Dialects;

public enum StreamState
{
    Open,

    /// <summary>The answer is complete but for late details such as usage, which are waited for only shortly (rule E29).</summary>
    Finishing,

    /// <summary>The provider's own end mark was there; whatever follows is ignored.</summary>
    Done,
}
