using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Relay;

/// <summary>The model's name as a JSON string.</summary>
internal static class ModelEcho
{
    public static void Write(IBufferWriter<byte> output, string model)
    {
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(model, GatewayJson.WriterOptions.Encoder).EncodedUtf8Bytes);
        output.Write("\""u8);
    }
}
