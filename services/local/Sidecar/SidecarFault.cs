using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Local.Sidecar;

/// <summary>An answer Dapr itself gives, as opposed to one that an app gave. The core throws it, the HTTP surface writes it.</summary>
internal sealed class SidecarFault(int status, string errorCode, string message, JsonArray? details = null) : Exception(message)
{
    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public int Status { get; } = status;

    public string ErrorCode { get; } = errorCode;

    public JsonArray? Details { get; } = details;

    /// <summary>The body of the answer that it becomes.</summary>
    public byte[] ToJson()
    {
        var body = new JsonObject { ["errorCode"] = ErrorCode, ["message"] = Message };
        if (Details is not null)
            body["details"] = Details.DeepClone();
        return Encoding.UTF8.GetBytes(body.ToJsonString(Relaxed));
    }

    public static SidecarFault Malformed(string message) => new(400, "ERR_MALFORMED_REQUEST", message);

    public static SidecarFault Invoke(string appId, string cause) =>
        new(500, "ERR_DIRECT_INVOKE", $"failed to invoke, id: {appId}, err: {cause}");

    /// <summary>Whatever the API does not know ends up in service invocation, which then misses the app id.</summary>
    public static SidecarFault NoRoute() =>
        new(404, "ERR_DIRECT_INVOKE", "failed getting app id either from the URL path or the header dapr-app-id");

    public static JsonObject ErrorInfo(string reason, params ReadOnlySpan<KeyValuePair<string, string>> metadata)
    {
        var values = new JsonObject();
        foreach (var pair in metadata)
            values[pair.Key] = pair.Value;
        return new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
            ["domain"] = "dapr.io",
            ["metadata"] = values,
            ["reason"] = reason,
        };
    }
}
