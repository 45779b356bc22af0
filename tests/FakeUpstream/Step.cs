namespace Gateway.Fakes;

internal enum StepKind
{
    /// <summary>Write the bytes and flush them.</summary>
    Write,

    /// <summary>Send the status and the headers now.</summary>
    Headers,
    Wait,
    Gate,

    /// <summary>Reset the connection.</summary>
    Cut,

    /// <summary>Send nothing more and keep the connection open until the client leaves.</summary>
    Stall,
}

internal readonly record struct Step(StepKind Kind, ReadOnlyMemory<byte> Bytes = default, TimeSpan Time = default, Gate? Gate = null);
