namespace Gateway.Providers.Requests;

public sealed record InputMessage(Role Role, IReadOnlyList<ContentBlock> Content, Place Path);
