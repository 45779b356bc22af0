namespace Gateway.Fakes;

public sealed record FakeUpstreamOptions
{
    /// <summary>Port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Whether requests are kept for <see cref="FakeUpstream.Requests"/>; under load they would only fill memory.</summary>
    public bool Record { get; init; } = true;

    /// <summary>A step is done only when the socket has taken its bytes; costs some speed.</summary>
    public bool ExactWrites { get; init; } = true;

    /// <summary>Where <c>x-fake-fixture</c> looks for files.</summary>
    public string? Fixtures { get; init; }
}
