namespace Gateway.Providers.Answers;

internal enum ArgumentsState
{
    /// <summary>Nothing so far but white space, or what may only stand for arguments that follow.</summary>
    None,

    /// <summary>They start as the JSON object they should be.</summary>
    Object,

    /// <summary>They start as something else: <c>null</c>, or an object that was put into a string once more.</summary>
    NotAnObject,
}
