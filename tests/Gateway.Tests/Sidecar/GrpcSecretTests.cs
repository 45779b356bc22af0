using System.Text;

namespace Gateway.Tests.LocalSidecar;

public sealed class GrpcSecretTests(GrpcSidecar sidecar) : IClassFixture<GrpcSidecar>
{
    private const int InvalidArgument = 3;
    private const int Internal = 13;

    [Theory]
    [InlineData("filesecrets", "openai:key", "sk-1")]
    [InlineData("envsecrets", "CONFORMANCE_UNSET_VARIABLE", "")]
    public async Task Secret_is_a_map_of_one_name(string store, string name, string value)
    {
        var answer = await sidecar.CallAsync("GetSecret", new ProtoBytes().Text(1, store).Text(2, name).Entry(3, "namespace", "default"));
        var entry = Assert.Single(ProtoBytes.Read(answer.Content()));
        var pair = ProtoBytes.Read(entry.Value).ToDictionary(f => f.Field, f => Encoding.UTF8.GetString(f.Value));
        // An empty value may be left out.
        Assert.Equal((name, value), (pair[1], pair.GetValueOrDefault(2, "")));
    }

    [Fact]
    public async Task All_secrets_are_a_map_of_maps()
    {
        var answer = await sidecar.CallAsync("GetBulkSecret", new ProtoBytes().Text(1, "filesecrets").Entry(2, "namespace", "default"));
        var expected = new[] { Named("plain", "v"), Named("openai:key", "sk-1") };
        Assert.Equal(expected.Order(), ProtoBytes.Read(answer.Content()).Select(f => Encoding.UTF8.GetString(f.Value)).Order());
        Assert.All(ProtoBytes.Read(answer.Content()), f => Assert.Equal(1, f.Field));

        static string Named(string name, string value) =>
            Encoding.UTF8.GetString(new ProtoBytes().Text(1, name).Message(2, new ProtoBytes().Entry(1, name, value)).ToArray());
    }

    [Fact]
    public async Task Missing_secret_and_unknown_store_are_told_apart()
    {
        (await sidecar.CallAsync("GetSecret", new ProtoBytes().Text(1, "filesecrets").Text(2, "nokey")))
            .AssertStatus(Internal, "failed getting secret with key nokey from secret store filesecrets: secret nokey not found");
        (
            await sidecar.CallAsync("GetSecret", new ProtoBytes().Text(1, "nostore").Text(2, "k"))).AssertStatus(InvalidArgument,
            "failed finding secret store with key nostore");
        (
            await sidecar.CallAsync("GetBulkSecret", new ProtoBytes().Text(1, "nostore"))).AssertStatus(InvalidArgument,
            "failed finding secret store with key nostore");
    }
}
