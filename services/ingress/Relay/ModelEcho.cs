using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Relay;

/// <summary>The model's name as a JSON string.</summary>
internal static class ModelEcho
{
    public static byte[] Of(string model) => [(byte)'"', .. JsonEncodedText.Encode(model, GatewayJson.WriterOptions.Encoder).EncodedUtf8Bytes, (byte)'"'];
}
