namespace Gateway.Tests.Durability;

/// <summary>One request of a client, and what the client saw of its answer.</summary>
internal sealed record Call(int Number, string KeyId)
{
    /// <summary>By the answer's headers; null when none came.</summary>
    public string? RequestId { get; set; }

    public int Status { get; set; }

    /// <summary>It had to be given up.</summary>
    public bool Hung { get; set; }

    /// <summary>The client saw <c>message_stop</c>, or a body to its last byte.</summary>
    public bool Ended { get; set; }
}
