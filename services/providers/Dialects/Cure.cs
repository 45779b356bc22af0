namespace Gateway.Providers.Dialects;

/// <summary>How a refused request can be sent again with a chance to succeed.</summary>
/// <param name="Name">What is changed, for <c>gateway-resent</c>.</param>
/// <param name="Next">The adjustments to send it with.</param>
public sealed record Cure(string Name, Adjustments Next);
