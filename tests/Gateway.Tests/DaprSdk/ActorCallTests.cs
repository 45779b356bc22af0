using System.Security.Authentication;
using System.Text;
using Dapr;
using Dapr.Actors;
using Dapr.Actors.Client;

namespace Gateway.Tests.DaprSdk;

public sealed class ActorCallTests : IAsyncLifetime
{
    private ActorWorld _world = null!;

    public async Task InitializeAsync() => _world = await ActorWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_strong_proxy_sends_named_arguments_in_JSON_with_token_and_header()
    {
        Assert.Equal(7, await _world.Counter("s1").AddAsync(new AddRequest(7)));

        var call = Assert.Single(_world.Calls("PUT", "/method/AddAsync"));
        Assert.Equal("//v1.0/actors/CounterActor/s1/method/AddAsync", call.Target);
        Assert.Equal("""{"value":{"r":{"n":7}}}""", call.Text);
        Assert.Equal("application/octet-stream; charset=utf-8", call.Headers.ContentType);
        Assert.Equal("actor-token", call.Headers["dapr-api-token"]);
        Assert.False(call.Headers.ContainsKey("User-Agent"));
        Assert.True(call.Headers.ContainsKey("X-DaprRequestHeader"));
    }

    [Fact]
    public async Task The_request_header_is_the_one_of_the_official_packages_to_the_letter()
    {
        await using var sidecar = await RecordingSidecar.StartAsync();
        sidecar.Answers(200, """{"value":{"retVal":7}}""");
        var factory = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = sidecar.Url + "/", UseJsonSerialization = true });

        Assert.Equal(7, await factory.CreateActorProxy<ICounter>(new ActorId("s1"), "CounterActor").Add(new AddRequest(7)));

        var call = sidecar.Requests.Single();
        Assert.Equal("""{"value":{"r":{"n":7}}}""", call.Text);
        Assert.Equal(
            """<z:anyType i:type="a:ActorHeader" xmlns:z="http://schemas.microsoft.com/2003/10/Serialization/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="urn:actors">"""
            + "<a:MethodId>242430881</a:MethodId><a:InterfaceId>182199035</a:InterfaceId>"
            + """<a:ActorId xmlns:b="http://schemas.datacontract.org/2004/07/Dapr.Actors"><b:ActorId>s1</b:ActorId></a:ActorId><a:CallContext>{guid}</a:CallContext>"""
            + """<a:Headers xmlns:b="http://schemas.microsoft.com/2003/10/Serialization/Arrays"/><a:MethodName>Add</a:MethodName><a:ActorType>CounterActor</a:ActorType></z:anyType>""",
            System.Text.RegularExpressions.Regex.Replace(call.Headers["X-DaprRequestHeader"].ToString(), "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{guid}"));
    }

    [Fact]
    public async Task Several_arguments_null_results_and_cancellation_tokens_cross_over()
    {
        var counter = _world.Counter("s2");

        Assert.Equal("q-4", await counter.JoinAsync("q", 4));
        Assert.Null(await counter.JoinAsync("q", null));
        Assert.Equal(-1, await counter.GetAsync());

        Assert.Equal("""{"value":{"a":"q","b":4}}""", _world.Calls("PUT", "/method/JoinAsync").First().Text);
        Assert.Empty(_world.Calls("PUT", "/method/GetAsync").Single().Body);
        Assert.Equal("CounterActor", ((IActorProxy)counter).ActorType);
    }

    [Fact]
    public async Task The_app_answers_remoting_with_the_wrapped_result()
    {
        await _world.Counter("s3").AddAsync(new AddRequest(1));
        var header = _world.Calls("PUT", "/method/AddAsync").Single().Headers["X-DaprRequestHeader"].ToString();

        Assert.Equal("""{"value":{"retVal":3}}""", await RemoteAsync(header, """{"value":{"r":{"n":2}}}"""));
        Assert.Equal("""{"value":{"retVal":5}}""", await RemoteAsync(header, """{ "value" : { "other" : [1], "R" : {"N":2} } }"""));

        async Task<string> RemoteAsync(string requestHeader, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/actors/CounterActor/s3/method/AddAsync") { Content = new StringContent(body) };
            request.Headers.TryAddWithoutValidation("X-DaprRequestHeader", requestHeader);
            using var response = await _world.App.Http.SendAsync(request);
            Assert.False(response.Headers.Contains("X-DaprErrorResponseHeader"));
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task What_a_remote_method_throws_reaches_the_caller_of_a_strong_proxy()
    {
        var thrown = await Assert.ThrowsAsync<ActorMethodInvocationException>(() => _world.Counter("e1").FailAfterSettingAsync(9));

        Assert.Matches(@"^Remote Actor Method Exception,  DETAILS: Exception: InvalidOperationException, Method Name: \w+, Line Number: \d+, Exception uuid: [0-9a-f-]{36}$", thrown.Message);
        Assert.Equal(("ERR_ACTOR_INVOKE_METHOD", false), (thrown.ErrorCode, thrown.IsTransient));
        var inner = Assert.IsType<ActorInvokeException>(thrown.InnerException);
        Assert.Equal(("won't keep 9", "System.InvalidOperationException"), (inner.Message, inner.ActualExceptionType));
        Assert.Contains("failed won't keep 9", _world.Log.Lines);
    }

    [Fact]
    public async Task The_error_answer_is_200_with_the_response_header_and_binary_XML()
    {
        await Assert.ThrowsAsync<ActorMethodInvocationException>(() => _world.Counter("e2").FailAfterSettingAsync(9));
        var call = _world.Calls("PUT", "/method/FailAfterSettingAsync").Single();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/actors/CounterActor/e2/method/FailAfterSettingAsync") { Content = new ByteArrayContent(call.Body) };
        request.Headers.TryAddWithoutValidation("X-DaprRequestHeader", call.Headers["X-DaprRequestHeader"].ToString());

        using var response = await _world.App.Http.SendAsync(request);

        Assert.Equal(200, (int)response.StatusCode);
        var header = response.Headers.GetValues("X-DaprErrorResponseHeader").Single();
        Assert.StartsWith("""<z:anyType i:type="a:ActorResponseMessageHeaders" """, header);
        Assert.Contains("<b:Key>HasRemoteException</b:Key>", header);
        var details = header.Split("<b:Key>RemoteMethodException</b:Key><b:Value>")[1].Split('<')[0];
        Assert.StartsWith("Exception: InvalidOperationException, Method Name: ", Encoding.UTF8.GetString(Convert.FromBase64String(details)));
        using var reader = System.Xml.XmlDictionaryReader.CreateBinaryReader(await response.Content.ReadAsByteArrayAsync(), System.Xml.XmlDictionaryReaderQuotas.Max);
        reader.MoveToContent();
        Assert.Equal(("ActorInvokeExceptionData", "urn:actors"), (reader.LocalName, reader.NamespaceURI));
        Assert.Equal("<Message>won't keep 9</Message><Type>System.InvalidOperationException</Type>", System.Text.RegularExpressions.Regex.Replace(reader.ReadInnerXml(), " xmlns=\"[^\"]*\"", ""));
    }

    [Fact]
    public async Task A_weak_proxy_sends_and_reads_plain_JSON()
    {
        var factory = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = _world.Sidecar.Url + "/" });
        var proxy = factory.Create(new ActorId("w1"), "CounterActor");

        Assert.Equal(5, await proxy.InvokeMethodAsync<AddRequest, int>("AddAsync", new AddRequest(5)));
        Assert.Equal(5, await proxy.InvokeMethodAsync<int>("GetAsync"));
        await proxy.InvokeMethodAsync("ClearAsync");

        var call = _world.Calls("PUT", "/method/AddAsync").Single();
        Assert.Equal(("//v1.0/actors/CounterActor/w1/method/AddAsync", """{"n":5}""", "application/json; charset=utf-8"), (call.Target, call.Text, call.Headers.ContentType.ToString()));
        Assert.False(call.Headers.ContainsKey("X-DaprRequestHeader"));
    }

    [Fact]
    public async Task Failures_of_weak_calls_are_the_sidecars_words()
    {
        var proxy = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = _world.Sidecar.Url }).Create(new ActorId("w2"), "CounterActor");

        var thrown = await Assert.ThrowsAsync<DaprApiException>(() => proxy.InvokeMethodAsync("addasync"));
        Assert.Equal(("ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: error from actor service"), (thrown.ErrorCode, thrown.Message));
        await Assert.ThrowsAsync<DaprApiException>(() => proxy.InvokeMethodAsync("JoinAsync", "two arguments"));

        _world.Sidecar.Answers(404);
        Assert.Equal("ERR_DOES_NOT_EXIST", (await Assert.ThrowsAsync<DaprApiException>(() => proxy.InvokeMethodAsync("X"))).ErrorCode);
        _world.Sidecar.Answers(500, "<html>");
        Assert.Equal("ServerErrorNoMeaningFulResponse", (await Assert.ThrowsAsync<DaprApiException>(() => proxy.InvokeMethodAsync("X"))).Message);
        _world.Sidecar.Answers(401, "invalid api token\n");
        Assert.Equal("Invalid client credentials", (await Assert.ThrowsAsync<AuthenticationException>(() => proxy.InvokeMethodAsync("X"))).Message);
        await _world.Sidecar.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => proxy.InvokeMethodAsync("X"));
    }

    [Fact]
    public async Task An_actor_calls_another_one_and_carries_the_reentrancy_id()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/actors/CounterActor/outer/method/RunAsync") { Content = new StringContent("\"get reminder\"") };
        request.Headers.Add("Dapr-Reentrancy-Id", "chain-1");
        _world.Reminder = """{"dueTime":"0h0m1s0ms","period":"","data":""}""";
        using var _ = await _world.App.Http.SendAsync(request);

        Assert.Equal(3, await _world.Counter("outer").AddThroughProxyAsync("inner", 3));

        Assert.Equal("chain-1", _world.Calls("GET", "/reminders/rem").Single().Headers["Dapr-Reentrancy-Id"]);
        Assert.Equal("3", _world.State["CounterActor/inner/n"]);
    }

    [Fact]
    public void Interfaces_that_break_the_rules_are_refused_when_a_proxy_is_made()
    {
        var factory = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = _world.Sidecar.Url, UseJsonSerialization = true });

        Assert.ThrowsAny<ArgumentException>(() => factory.CreateActorProxy<IOverloaded>(new ActorId("x"), "T"));
        Assert.ThrowsAny<ArgumentException>(() => factory.CreateActorProxy<INotATask>(new ActorId("x"), "T"));
        Assert.ThrowsAny<ArgumentException>(() => factory.CreateActorProxy<IOptional>(new ActorId("x"), "T"));
    }

    [Fact]
    public void Actor_ids_compare_without_case()
    {
        Assert.Equal(new ActorId("A"), new ActorId("a"));
        Assert.Equal("A", new ActorId("A").ToString());
        Assert.ThrowsAny<ArgumentException>(() => new ActorId(" "));
        Assert.NotEqual(ActorId.CreateRandom(), ActorId.CreateRandom());
    }

    public interface IOverloaded : IActor
    {
        Task A(int x);
        Task A(string x);
    }

    public interface INotATask : IActor
    {
        int A();
    }

    public interface IOptional : IActor
    {
        Task A(int x = 1);
    }
}
