namespace Gateway.AdminConsole.Pages.Connect;

/// <summary>What to paste into each client, with this gateway's address and a key.</summary>
internal static class ConnectBlocks
{
    public const string DemoModel = "demo/echo";
    public const string NoKey = "YOUR_KEY";

    public static IReadOnlyList<ConnectBlock> For(string url, string key, string model) =>
    [
        new("claude-code", "Claude Code", "In the environment, or under env in its settings.json. Its own limits, models and windows: /protocol.", $"""
            export ANTHROPIC_BASE_URL={Shell(url)}
            export ANTHROPIC_AUTH_TOKEN={Shell(key)}
            claude --model {Shell(model)}
            """),
        new("curl", "curl", null, $$"""
            curl -N {{Shell(url + "/v1/messages")}} -H 'content-type: application/json' -H {{Shell("x-api-key: " + key)}} \
              -d {{Shell($$"""{"model":{{Json(model)}},"max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello"}]}""")}}
            """),
        new("python", "Python", "pip install anthropic", $$"""
            from anthropic import Anthropic

            client = Anthropic(base_url={{Json(url)}}, api_key={{Json(key)}})
            message = client.messages.create(
                model={{Json(model)}}, max_tokens=100, messages=[{"role": "user", "content": "Hello"}]
            )
            print(message.content)
            """),
        new("typescript", "TypeScript", "npm install @anthropic-ai/sdk", $$"""
            import Anthropic from '@anthropic-ai/sdk';

            const client = new Anthropic({ baseURL: {{Json(url)}}, apiKey: {{Json(key)}} });
            const message = await client.messages.create({
              model: {{Json(model)}}, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }],
            });
            console.log(message.content);
            """),
        new("ai-sdk", "AI SDK", "npm install ai @ai-sdk/anthropic", $$"""
            import { createAnthropic } from '@ai-sdk/anthropic';
            import { generateText } from 'ai';

            const gateway = createAnthropic({ baseURL: {{Json(url + "/v1")}}, apiKey: {{Json(key)}} });
            const { text } = await generateText({ model: gateway({{Json(model)}}), prompt: 'Hello' });
            console.log(text);
            """),
        new("csharp", "C#", "dotnet add package Anthropic", $$"""
            using Anthropic;
            using Anthropic.Models.Messages;

            var client = new AnthropicClient { BaseUrl = {{Json(url)}}, ApiKey = {{Json(key)}} };
            var message = await client.Messages.Create(new MessageCreateParams
            {
                Model = {{Json(model)}},
                MaxTokens = 100,
                Messages = [new() { Role = Role.User, Content = "Hello" }],
            });
            Console.WriteLine(message);
            """),
        new("go", "Go", "go get github.com/anthropics/anthropic-sdk-go", $$"""
            client := anthropic.NewClient(option.WithBaseURL({{Json(url)}}), option.WithAPIKey({{Json(key)}}))
            message, err := client.Messages.New(context.TODO(), anthropic.MessageNewParams{
                Model:     {{Json(model)}},
                MaxTokens: 100,
                Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hello"))},
            })
            """),
        new("java", "Java", "com.anthropic:anthropic-java", $$"""
            AnthropicClient client = AnthropicOkHttpClient.builder().baseUrl({{Json(url)}}).apiKey({{Json(key)}}).build();
            Message message = client.messages().create(MessageCreateParams.builder()
                .model({{Json(model)}}).maxTokens(100).addUserMessage("Hello").build());
            System.out.println(message.content());
            """),
    ];

    /// <summary>In quotes that all of these languages read.</summary>
    private static string Json(string text) =>
        "\"" + System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text) + "\"";

    /// <summary>In quotes of a shell where it has to be.</summary>
    private static string Shell(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':')
        ? text
        : "'" + text.Replace("'", """'\''""", StringComparison.Ordinal) + "'";
}
