using System.Text;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>
/// Anthropic's built-in tools that the client runs itself (bash, text editor, memory). Anthropic's models know their parameters by heart;
/// any other model is given them as an ordinary tool. Parameters: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
/// </summary>
internal static class ClientTools
{
    private static readonly RawValue Bash = Schema("""
        {"type":"object","properties":{
          "command":{"type":"string","description":"The bash command to run. Required unless restart is true."},
          "restart":{"type":"boolean","description":"Restart the shell."}}}
        """);

    private static readonly RawValue TextEditor = Schema("""
        {"type":"object","properties":{
          "command":{"type":"string","enum":["view","create","str_replace","insert"],"description":"What to do."},
          "path":{"type":"string","description":"Absolute path of the file or directory."},
          "file_text":{"type":"string","description":"For create: the content of the new file."},
          "old_str":{"type":"string","description":"For str_replace: the text to replace; must occur exactly once."},
          "new_str":{"type":"string","description":"For str_replace: the new text."},
          "insert_line":{"type":"integer","description":"For insert: the line after which to insert; 0 is the beginning."},
          "insert_text":{"type":"string","description":"For insert: the text to insert."},
          "view_range":{"type":"array","items":{"type":"integer"},"description":"For view: first and last line; -1 is the end."}},
         "required":["command","path"]}
        """);

    private static readonly RawValue Memory = Schema("""
        {"type":"object","properties":{
          "command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"],"description":"What to do."},
          "path":{"type":"string","description":"Path under /memories."},
          "file_text":{"type":"string","description":"For create: the content of the file."},
          "old_str":{"type":"string","description":"For str_replace: the text to replace."},
          "new_str":{"type":"string","description":"For str_replace: the new text."},
          "insert_line":{"type":"integer","description":"For insert: the line after which to insert."},
          "insert_text":{"type":"string","description":"For insert: the text to insert."},
          "old_path":{"type":"string","description":"For rename: the present path."},
          "new_path":{"type":"string","description":"For rename: the new path."},
          "view_range":{"type":"array","items":{"type":"integer"},"description":"For view: first and last line."}},
         "required":["command"]}
        """);

    /// <summary>The tool as an ordinary one; null for a type that is none of these.</summary>
    public static Tool? Find(string type, string? name) => type switch
    {
        _ when type.StartsWith("bash_", StringComparison.Ordinal) =>
            new Tool(name ?? "bash", "Run a command in a persistent bash shell.", Bash, false, null),
        _ when type.StartsWith("text_editor_", StringComparison.Ordinal) =>
            new Tool(name ?? "str_replace_based_edit_tool", "View, create and edit files.", TextEditor, false, null),
        _ when type.StartsWith("memory_", StringComparison.Ordinal) =>
            new Tool(name ?? "memory", "Read and write files under /memories, which last across conversations.", Memory, false, null),
        _ => null,
    };

    private static RawValue Schema(string json) => new(Encoding.UTF8.GetBytes(json.Trim()));
}
