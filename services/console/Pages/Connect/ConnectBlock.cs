namespace Gateway.AdminConsole.Pages.Connect;

/// <summary>Something to copy for one client.</summary>
public sealed record ConnectBlock(string Id, string Title, string? Note, string Text);
