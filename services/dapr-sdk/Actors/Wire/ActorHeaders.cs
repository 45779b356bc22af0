using System.Buffers;
using System.Globalization;
using System.Runtime.Serialization;
using System.Text;
using System.Xml;

namespace Dapr.Actors.Wire;

/// <summary>The two XML headers of actor remoting and the binary XML of a remote exception, as data contracts of the official package.</summary>
internal static class ActorHeaders
{
    public const string Request = "X-DaprRequestHeader";
    public const string ErrorResponse = "X-DaprErrorResponseHeader";

    private const string HasException = "HasRemoteException";
    private const string ExceptionDetails = "RemoteMethodException";

    private const string Start =
        """<z:anyType i:type="a:ActorHeader" xmlns:z="http://schemas.microsoft.com/2003/10/Serialization/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="urn:actors"><a:MethodId>""";

    private const string Interface = "</a:MethodId><a:InterfaceId>";
    private const string Id = """</a:InterfaceId><a:ActorId xmlns:b="http://schemas.datacontract.org/2004/07/Dapr.Actors"><b:ActorId>""";
    private const string CallContext = "</b:ActorId></a:ActorId><a:CallContext>";
    private const string Method = """</a:CallContext><a:Headers xmlns:b="http://schemas.microsoft.com/2003/10/Serialization/Arrays"/><a:MethodName>""";
    private const string ActorType = "</a:MethodName><a:ActorType>";
    private const string End = "</a:ActorType></z:anyType>";

    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:.");

    // The static type is the marker interface, so that the root element is an anyType with its i:type, as the other side expects.
    private static readonly DataContractSerializer RequestSerializer = new(typeof(IHeader), [typeof(ActorRequestHeader)]);
    private static readonly DataContractSerializer ResponseSerializer = new(typeof(IHeader), [typeof(ActorErrorHeader)]);
    private static readonly DataContractSerializer ExceptionSerializer = new(typeof(ActorExceptionData));

    /// <summary>What the serialiser writes, to the letter; it is asked only where something in the header may have to be escaped.</summary>
    public static string Write(ActorRequestHeader header) =>
        header.InvocationId is null && header.Headers.Count == 0 && IsPlain(header.ActorId?.Id) && IsPlain(header.CallContext) && IsPlain(header.MethodName) && IsPlain(header.ActorType)
            ? string.Create(CultureInfo.InvariantCulture, $"{Start}{header.MethodId}{Interface}{header.InterfaceId}{Id}{header.ActorId!.Id}{CallContext}{header.CallContext}{Method}{header.MethodName}{ActorType}{header.ActorType}{End}")
            : WriteText(RequestSerializer, header);

    /// <summary>The ids of the method and its interface. A header that begins in another way than the usual is read as the XML it is.</summary>
    public static (int MethodId, int InterfaceId) ReadIds(string xml)
    {
        if (xml.StartsWith(Start, StringComparison.Ordinal))
        {
            var text = xml.AsSpan(Start.Length);
            if (text.IndexOf(Interface, StringComparison.Ordinal) is > 0 and var afterMethod
                && int.TryParse(text[..afterMethod], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var method)
                && text[(afterMethod + Interface.Length)..] is var rest && rest.IndexOf('<') is > 0 and var afterInterface
                && rest[afterInterface..].StartsWith("</a:InterfaceId>", StringComparison.Ordinal)
                && int.TryParse(rest[..afterInterface], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var actorInterface))
            {
                return (method, actorInterface);
            }
        }

        var header = (ActorRequestHeader)ReadText(RequestSerializer, xml)!;
        return (header.MethodId, header.InterfaceId);
    }

    public static string WriteError(string details)
    {
        var header = new ActorErrorHeader();
        header.Values[HasException] = [];
        header.Values[ExceptionDetails] = Encoding.UTF8.GetBytes(details);
        return WriteText(ResponseSerializer, header);
    }

    public static string ReadErrorDetails(string xml)
    {
        var header = (ActorErrorHeader)ReadText(ResponseSerializer, xml)!;
        return header.Values.TryGetValue(ExceptionDetails, out var details) ? Encoding.UTF8.GetString(details) : string.Empty;
    }

    public static byte[] WriteException(Exception exception)
    {
        using var stream = new MemoryStream();
        using var writer = XmlDictionaryWriter.CreateBinaryWriter(stream);
        ExceptionSerializer.WriteObject(writer, new ActorExceptionData { Type = exception.GetType().FullName, Message = exception.Message });
        writer.Flush();
        return stream.ToArray();
    }

    public static ActorInvokeException ReadException(byte[] body)
    {
        using var reader = XmlDictionaryReader.CreateBinaryReader(body, XmlDictionaryReaderQuotas.Max);
        var data = (ActorExceptionData)ExceptionSerializer.ReadObject(reader)!;
        return new ActorInvokeException(data.Type!, data.Message!);
    }

    private static bool IsPlain(string? text) => text is { Length: > 0 } && !text.AsSpan().ContainsAnyExcept(Plain);

    private static string WriteText(DataContractSerializer serializer, IHeader header)
    {
        using var stream = new MemoryStream();
        using var writer = XmlDictionaryWriter.CreateTextWriter(stream, new UTF8Encoding(false), ownsStream: false);
        serializer.WriteObject(writer, header);
        writer.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static object? ReadText(DataContractSerializer serializer, string xml)
    {
        using var reader = XmlDictionaryReader.CreateTextReader(Encoding.UTF8.GetBytes(xml), XmlDictionaryReaderQuotas.Max);
        return serializer.ReadObject(reader);
    }
}

internal interface IHeader;

[DataContract(Name = "ActorHeader", Namespace = "urn:actors")]
internal sealed class ActorRequestHeader : IHeader
{
    [DataMember(IsRequired = true, Order = 0)] public int MethodId { get; set; }
    [DataMember(IsRequired = true, Order = 1)] public int InterfaceId { get; set; }
    [DataMember(EmitDefaultValue = false, Order = 2)] public string? InvocationId { get; set; }
    [DataMember(Order = 3)] public ActorIdData? ActorId { get; set; }
    [DataMember(Order = 4)] public string? CallContext { get; set; }
    [DataMember(IsRequired = true, Order = 5)] public Dictionary<string, byte[]> Headers { get; set; } = [];
    [DataMember(Order = 6)] public string? MethodName { get; set; }
    [DataMember(Order = 7)] public string? ActorType { get; set; }
}

[DataContract(Name = "ActorId", Namespace = "http://schemas.datacontract.org/2004/07/Dapr.Actors")]
internal sealed class ActorIdData
{
    [DataMember(Name = "ActorId", IsRequired = true)] public string? Id { get; set; }
}

[DataContract(Name = "ActorResponseMessageHeaders", Namespace = "urn:actors")]
internal sealed class ActorErrorHeader : IHeader
{
    [DataMember(Name = "Headers", IsRequired = true)] public Dictionary<string, byte[]> Values { get; set; } = [];
}

[DataContract(Name = "ActorInvokeExceptionData", Namespace = "urn:actors")]
internal sealed class ActorExceptionData
{
    [DataMember] public string? Type { get; set; }
    [DataMember] public string? Message { get; set; }
}
