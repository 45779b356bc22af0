using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.ManagedSettings;

namespace Gateway.Ingress.Managed;

/// <summary>What somebody's managed settings come to: the answer to Claude Code, whole, and what the gateway itself holds him to.</summary>
internal sealed class EffectiveSettings
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public EffectiveSettings(JsonObject settings)
    {
        var checksum = SettingsChecksum.Of(settings);
        ETag = $"\"{checksum}\"";
        Models = ModelRules.Of(settings);
        // The id is the checksum, as Anthropic's own gateway has it.
        Body = Encoding.UTF8.GetBytes(new JsonObject { ["uuid"] = checksum, ["checksum"] = checksum, ["settings"] = settings }.ToJsonString(Compact));
    }

    public ReadOnlyMemory<byte> Body { get; }

    public string ETag { get; }

    /// <summary>Null: every model may be used.</summary>
    public ModelRules? Models { get; }
}
