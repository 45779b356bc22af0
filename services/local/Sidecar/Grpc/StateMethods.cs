using System.Globalization;
using Gateway.Local.Sidecar.State;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>GetState, SaveState, DeleteState and ExecuteStateTransaction.</summary>
internal sealed class StateMethods(AppChannel app, StateApi state)
{
    private const int FirstWrite = 1;

    public Task<ReadOnlyMemory<byte>> GetAsync(CodedInputStream request)
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
                // Consistency and metadata: the store is strongly consistent and takes none.
                default:
                    request.SkipLastField();
                    break;
            }
        }

        var found = state.Get(app.AppId, store, key);
        return Task.FromResult(UnaryMessage.Create(output => Write(output, found)));
    }

    public async Task<ReadOnlyMemory<byte>> SaveAsync(CodedInputStream request)
    {
        var store = "";
        var items = new List<Item>();
        while (request.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    store = request.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    items.Add(Item.Read(request));
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        if (items.Any(i => i.Key.Length == 0))
            throw new GrpcFault(GrpcStatus.InvalidArgument, "state key cannot be empty");
        await state.SaveAsync(app.AppId, store, [.. items.Select(i => i.ToWrite(store, "ERR_STATE_SAVE", isDelete: false))]);
        return SidecarGrpc.Empty;
    }

    public async Task<ReadOnlyMemory<byte>> DeleteAsync(CodedInputStream request)
    {
        string store = "", key = "", etag = "";
        var firstWrite = false;
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
                case (3 << 3) | Wire.Bytes:
                    etag = ReadETag(request);
                    break;
                case (4 << 3) | Wire.Bytes:
                    firstWrite = IsFirstWrite(request);
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        await state.DeleteAsync(app.AppId, store, new StateWrite(key, default, etag, firstWrite, IsDelete: true));
        return SidecarGrpc.Empty;
    }

    public async Task<ReadOnlyMemory<byte>> TransactAsync(CodedInputStream request)
    {
        var store = "";
        var operations = new List<(string Kind, Item Item)>();
        while (request.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    store = request.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    operations.Add(ReadOperation(request));
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        var writes = operations.Select(o => o.Kind is "upsert" or "delete"
            ? o.Item.ToWrite(store, "ERR_STATE_TRANSACTION", o.Kind == "delete")
            : throw new GrpcFault(GrpcStatus.Unimplemented, $"operation type {o.Kind} not supported")).ToList();
        await state.TransactAsync(app.AppId, store, writes);
        return SidecarGrpc.Empty;
    }

    private static void Write(CodedOutputStream output, StateValue? found)
    {
        // A key that is missing is an empty answer, and so is told from an empty value by its etag.
        if (found is null)
            return;
        if (found.Value.Length > 0)
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(found.Value));
        }

        Wire.WriteString(output, 2, found.ETag);
        if (found.Expires is { } expires)
            Wire.WriteMap(output, 3, [new("ttlExpireTime", expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture))]);
    }

    private static (string Kind, Item Item) ReadOperation(CodedInputStream input)
    {
        var operation = input.ReadBytes().CreateCodedInput();
        var kind = "";
        var item = new Item();
        while (operation.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    kind = operation.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    item = Item.Read(operation);
                    break;
                default:
                    operation.SkipLastField();
                    break;
            }
        }

        return (kind, item);
    }

    private static string ReadETag(CodedInputStream input)
    {
        var message = input.ReadBytes().CreateCodedInput();
        var value = "";
        while (message.ReadTag() is var tag && tag != 0)
        {
            if (tag == ((1 << 3) | Wire.Bytes))
                value = message.ReadString();
            else
                message.SkipLastField();
        }

        return value;
    }

    private static bool IsFirstWrite(CodedInputStream input)
    {
        var options = input.ReadBytes().CreateCodedInput();
        var concurrency = 0;
        while (options.ReadTag() is var tag && tag != 0)
        {
            if (tag == ((1 << 3) | Wire.Varint))
                concurrency = options.ReadEnum();
            else
                options.SkipLastField();
        }

        return concurrency == FirstWrite;
    }

    /// <summary>A <c>StateItem</c>.</summary>
    private sealed class Item
    {
        public string Key { get; private set; } = "";

        private ReadOnlyMemory<byte> Value { get; set; }

        private string ETag { get; set; } = "";

        private bool IsFirstWrite { get; set; }

        private Dictionary<string, string> Metadata { get; } = [];

        public static Item Read(CodedInputStream input)
        {
            var message = input.ReadBytes().CreateCodedInput();
            var item = new Item();
            while (message.ReadTag() is var tag && tag != 0)
            {
                switch (tag)
                {
                    case (1 << 3) | Wire.Bytes:
                        item.Key = message.ReadString();
                        break;
                    case (2 << 3) | Wire.Bytes:
                        item.Value = message.ReadBytes().Memory;
                        break;
                    case (3 << 3) | Wire.Bytes:
                        item.ETag = ReadETag(message);
                        break;
                    case (4 << 3) | Wire.Bytes:
                        Wire.ReadEntry(message, item.Metadata);
                        break;
                    case (5 << 3) | Wire.Bytes:
                        item.IsFirstWrite = StateMethods.IsFirstWrite(message);
                        break;
                    default:
                        message.SkipLastField();
                        break;
                }
            }

            return item;
        }

        public StateWrite ToWrite(string store, string errorCode, bool isDelete) =>
            new(Key, Value, ETag, IsFirstWrite, StateApi.TimeToLive(Metadata.GetValueOrDefault("ttlInSeconds"), store, errorCode), isDelete);
    }
}
