namespace Gateway.Providers.Requests;

public enum ToolChoiceKind
{
    Auto,
    Any,
    Tool,
    None,
}
