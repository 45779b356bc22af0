namespace Gateway.Ingress.Metering;

/// <summary>What an event means for the relay.</summary>
internal enum AnswerEvent
{
    Other,
    Ping,
    Start,
    Delta,

    /// <summary><c>message_delta</c>: the final numbers.</summary>
    Usage,

    /// <summary><c>message_stop</c>: the only proof that an answer is whole.</summary>
    Stop,
    Error,
}
