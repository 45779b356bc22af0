namespace Gateway.Providers.Answers;

/// <param name="Model">As the client spelt it.</param>
public sealed record AnswerHead(string MessageId, string Model);
