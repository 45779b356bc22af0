namespace Gateway.Local;

/// <summary>What the user reads first: where the gateway is, the keys, and a line to paste.</summary>
internal static class Greeting
{
    public static void Write(TextWriter output, LocalGateway gateway)
    {
        output.WriteLine($"Gateway      {gateway.Url}");
        output.WriteLine(gateway.AdminKey is { } admin
            ? $"Admin key    {admin}{(gateway.IsFirstStart ? "   (shown once; keep it)" : "")}"
            : "Admin key    the one printed on the first start (set GATEWAY_ADMIN_KEY to replace it)");
        output.WriteLine(gateway.ApiKey is { } key
            ? $"API key      {key}{(gateway.IsFirstStart ? "   (shown once; make more with POST /admin/v1/keys)" : "")}"
            : "API key      the ones made so far (make more with POST /admin/v1/keys)");
        output.WriteLine();
        output.WriteLine($"""
            curl {gateway.Url}/v1/messages -H 'content-type: application/json' -H 'x-api-key: {gateway.ApiKey ?? "YOUR_KEY"}' \
              -d '{"{"}"model":"demo/echo","max_tokens":100,"stream":true,"messages":[{"{"}"role":"user","content":"Hello"{"}"}]{"}"}'
            """);
        output.WriteLine();
        output.Flush();
    }
}
