namespace Gateway.Providers.Requests;

/// <summary>
/// The web tools' calls of earlier turns as calls and results of ordinary tools, for a model that is given these tools as functions: it has to see
/// what it did in the form in which it would do it again. One message of Anthropic's is then several turns:
/// <code>
///   assistant: text, call A, result A, text, call B      user: result B
///   assistant: text, call A | user: result A | assistant: text, call B | user: result B
/// </code>
/// </summary>
internal static class WebHistory
{
    public static List<InputMessage> AsCalls(IReadOnlyList<InputMessage> messages, Func<string, bool> isFunction)
    {
        var turns = new List<InputMessage>(messages.Count);
        foreach (var message in messages)
        {
            if (message.Role == Role.Assistant && message.Content.Any(b => IsResult(b, isFunction)))
                Split(message, isFunction, turns);
            else
                turns.Add(message);
        }

        return turns;
    }

    /// <summary>A result together with its call, of a tool that is a function now.</summary>
    private static bool IsResult(ContentBlock block, Func<string, bool> isFunction) =>
        block is ContentBlock.ServerTool { Call: { } call } && isFunction(ServerToolNote.Member(call, "name") ?? "");

    private static void Split(InputMessage message, Func<string, bool> isFunction, List<InputMessage> turns)
    {
        var said = new List<ContentBlock>();
        var results = new List<ContentBlock>();
        foreach (var block in message.Content)
        {
            if (!IsResult(block, isFunction))
            {
                // Results of calls that came together stand together.
                Flush();
                said.Add(block);
                continue;
            }

            var result = (ContentBlock.ServerTool)block;
            var call = result.Call!;
            // One that was made after it knew another's result is a turn later.
            if (results.Count > 0 && call.Path.Index > results[^1].Path.Index)
                Flush();
            var id = Answers.RoundsWriter.OwnId(ServerToolNote.Member(call, "id") ?? "");
            said.Add(new ContentBlock.ToolUse(call.Path, id, ServerToolNote.Member(call, "name")!, ServerToolNote.InputOf(call)));
            results.Add(new ContentBlock.ToolResult(block.Path, id, [new ContentBlock.Text(block.Path, ServerToolNote.Of(result))], IsError: false));
        }

        Flush();
        if (said.Count > 0)
            turns.Add(message with { Content = said });

        void Flush()
        {
            if (results.Count == 0)
                return;
            turns.Add(message with { Content = [.. said] });
            turns.Add(new InputMessage(Role.User, [.. results], message.Path));
            said.Clear();
            results.Clear();
        }
    }
}
