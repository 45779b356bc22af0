namespace Gateway.Providers.Dialects;

/// <summary>All wire formats. A new one is a folder beside this file and a line in it.</summary>
public static class KnownDialects
{
    private static readonly IDialect[] Dialects = [new Anthropic.Dialect(), new OpenAiChat.Dialect(), new OpenAiResponses.Dialect(), new Gemini.Dialect()];

    public static IEnumerable<string> Names => Dialects.Select(d => d.Name);

    public static IDialect? Find(string name) => Array.Find(Dialects, d => d.Name == name);
}
