using Gateway.Local.Sidecar.Secrets;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>GetSecret and GetBulkSecret.</summary>
internal sealed class SecretMethods(AppChannel app, SecretStores secrets)
{
    public ReadOnlyMemory<byte> Get(CodedInputStream request)
    {
        string store = "", key = "";
        while (request.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    store = request.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    key = request.ReadString();
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        var secret = secrets.Get(app.AppId, store, key);
        return UnaryMessage.Create(output => Wire.WriteMap(output, 1, secret));
    }

    public ReadOnlyMemory<byte> GetAll(CodedInputStream request)
    {
        var store = "";
        while (request.ReadTag() is var tag && tag != 0)
        {
            if (tag == ((1 << 3) | Wire.Bytes))
                store = request.ReadString();
            else
                request.SkipLastField();
        }

        var all = secrets.GetAll(app.AppId, store);
        return UnaryMessage.Create(output =>
        {
            foreach (var (name, secret) in all)
            {
                Wire.WriteMessage(output, 1, entry =>
                {
                    Wire.WriteString(entry, 1, name);
                    Wire.WriteMessage(entry, 2, value => Wire.WriteMap(value, 1, secret));
                });
            }
        });
    }
}
