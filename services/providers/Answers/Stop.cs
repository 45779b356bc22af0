namespace Gateway.Providers.Answers;

/// <param name="Reason">One of <see cref="StopReasons"/>.</param>
/// <param name="Sequence">The stop sequence that was hit, where the provider says which.</param>
/// <param name="Explanation">Why the model refused, where it says so.</param>
public readonly record struct Stop(string Reason, string? Sequence = null, string? Explanation = null);
