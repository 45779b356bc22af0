namespace Gateway.Translator;

/// <summary>What becomes of a provider's answer to one request.</summary>
internal interface ITurn
{
    /// <summary>Something of it is on its way to the client, so that the request can't be sent again.</summary>
    bool HasStarted { get; }

    /// <param name="attempts">Calls to the provider so far.</param>
    Task ReadAsync(HttpResponseMessage response, int attempts);

    /// <summary>The provider had nothing to say within the limit of tokens.</summary>
    Task ReadNothingAsync(int attempts);

    /// <summary>The adapter answers itself: it could not call the provider.</summary>
    Task ReadFailureAsync(HttpResponseMessage response);
}
