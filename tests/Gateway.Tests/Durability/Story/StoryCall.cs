namespace Gateway.Tests.Durability.Story;

/// <summary>What a client saw of one request.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="RequestId">By the answer's header.</param>
/// <param name="Ended">The whole answer came, a stream with its <c>message_stop</c>.</param>
/// <param name="Deltas">When each piece of text came.</param>
/// <param name="Body">Of a refusal.</param>
internal sealed record StoryCall(int Status, string? RequestId, bool Ended, IReadOnlyList<TimeSpan> Deltas, string Body);
