using Gateway.Contracts.Sse;

namespace Gateway.Providers.Dialects;

/// <summary>Turns a provider's stream into an <see cref="Answers.Answer"/>, event by event.</summary>
public interface IStreamTranslator
{
    StreamState State { get; }

    /// <summary>Translates the next event; one without data is ignored.</summary>
    /// <exception cref="Contracts.Errors.GatewayException">The provider reports an error, or breaks its format. Nothing may follow.</exception>
    void Translate(in SseEvent e);

    /// <summary>
    /// The input has ended, or nothing more is waited for. Ends the answer if the provider has proven its end, else throws (rules E25, E26).
    /// </summary>
    /// <exception cref="Contracts.Errors.GatewayException">The answer broke off.</exception>
    void End();
}
