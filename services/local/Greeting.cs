namespace Gateway.Local;

/// <summary>What the user reads first: where the gateway is, the keys that this start has made, and a line to paste.</summary>
internal static class Greeting
{
    public static void Write(TextWriter output, LocalGateway gateway)
    {
        output.WriteLine($"Gateway      {gateway.Url}");
        if (gateway.HasConsole)
            output.WriteLine($"Console      {gateway.Url}/console   (sign in with the admin key)");
        output.WriteLine(gateway switch
        {
            { AdminKey: { } made } => $"Admin key    {made}   (shown once; keep it)",
            { AdminKeyGiven: true } => "Admin key    as given in GATEWAY_ADMIN_KEY",
            _ => "Admin key    the one printed on the first start (set GATEWAY_ADMIN_KEY to replace it)",
        });
        output.WriteLine(gateway switch
        {
            { ApiKey: { } made } => $"API key      {made}   (shown once; make more with POST /admin/v1/keys)",
            { ApiKeyGiven: true } => "API key      as given in GATEWAY_API_KEY",
            _ => "API key      the ones made so far (make more with POST /admin/v1/keys)",
        });
        output.WriteLine();
        var key = gateway.ApiKey ?? (gateway.ApiKeyGiven ? "$GATEWAY_API_KEY" : "YOUR_KEY");
        output.WriteLine($"""
            curl {gateway.Url}/v1/messages -H 'content-type: application/json' -H "x-api-key: {key}" \
              -d '{"{"}"model":"demo/echo","max_tokens":100,"stream":true,"messages":[{"{"}"role":"user","content":"Hello"{"}"}]{"}"}'
            """);
        output.WriteLine();
        output.Flush();
    }
}
