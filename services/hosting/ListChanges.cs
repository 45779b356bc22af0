namespace Gateway.Hosting;

/// <summary>What a fetched list has changed.</summary>
/// <param name="Models">How many of its models are in force.</param>
/// <param name="Lower">Those that cost less now in some way, by id: the same budget buys more of them.</param>
/// <param name="Lost">Those it is not believed about, by id: with it they would have no price, a part of one, or one in another currency.</param>
internal sealed record ListChanges(int Models, IReadOnlyList<string> Lower, IReadOnlyList<string> Lost);
