using System.Text.Json;
using Gateway.Local.Sidecar.Secrets;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/secrets/{store}/{key}</c>.</summary>
internal sealed class SecretEndpoints(AppChannel app, SecretStores secrets)
{
    public Task? Route(HttpContext context, ApiPath path)
    {
        if (path.Count < 4 || !HttpMethods.IsGet(context.Request.Method))
            return null;
        return path.Count == 4 && path.Is(3, "bulk")
            ? Answer.JsonAsync(
                context,
                JsonSerializer.SerializeToUtf8Bytes(
                    secrets.GetAll(app.AppId, path[2]), SidecarJson.Default.IReadOnlyDictionaryStringIReadOnlyDictionaryStringString))
            : Answer.JsonAsync(
                context,
                JsonSerializer.SerializeToUtf8Bytes(secrets.Get(app.AppId, path[2], path.From(3)), SidecarJson.Default.IReadOnlyDictionaryStringString));
    }
}
