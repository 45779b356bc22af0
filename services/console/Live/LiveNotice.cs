namespace Gateway.AdminConsole.Live;

/// <summary>What a topic has told beside requests: a budget's end, refused requests, a changed key, a change by an admin.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Time">When it was.</param>
/// <param name="About">The id of the account, key or whatever else it is about.</param>
/// <param name="Text">It, in a sentence.</param>
public sealed record LiveNotice(string Topic, DateTimeOffset Time, string About, string Text);
