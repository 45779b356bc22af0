namespace Gateway.Fakes.Formats;

/// <summary>How one API looks on the wire: what the fake provider answers on that API's paths when no script says otherwise.</summary>
internal interface IWireFormat
{
    /// <summary>Null where the path is not this API's.</summary>
    Answer? TryAnswer(RecordedRequest request);
}
