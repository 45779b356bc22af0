using System.Collections.Concurrent;
using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.DaprSdk;

/// <summary>An app with actors, and a sidecar that relays calls to it and keeps its state in memory.</summary>
internal sealed class ActorWorld : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _state = new();

    private ActorWorld(RecordingSidecar sidecar) => Sidecar = sidecar;

    public RecordingSidecar Sidecar { get; }
    public TestApp App { get; private set; } = null!;
    public CounterLog Log { get; } = new();
    public IReadOnlyDictionary<string, string> State => _state;

    /// <summary>What a read of a reminder answers.</summary>
    public string Reminder { get; set; } = "";

    public ICounterActor Counter(string id) =>
        App.Services.GetRequiredService<IActorProxyFactory>().CreateActorProxy<ICounterActor>(new ActorId(id), "CounterActor");

    public IEnumerable<RecordingSidecar.Recorded> Calls(string method, string pathEnd) =>
        Sidecar.Requests.Where(r => r.Method == method && r.Target.EndsWith(pathEnd, StringComparison.Ordinal));

    public static async Task<ActorWorld> StartAsync(Action<ActorRuntimeOptions>? configure = null)
    {
        var world = new ActorWorld(await RecordingSidecar.StartAsync());
        world.App = await TestApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(world.Log);
                builder.Services.AddActors(options =>
                {
                    options.HttpEndpoint = world.Sidecar.Url + "/";
                    options.DaprApiToken = "actor-token";
                    options.UseJsonSerialization = true;
                    options.Actors.RegisterActor<CounterActor>();
                    configure?.Invoke(options);
                });
            },
            app => app.MapActorsHandlers());
        world.Sidecar.Answer = world.ServeAsync;
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Sidecar.DisposeAsync();
    }

    private async Task ServeAsync(RecordingSidecar.Recorded request, HttpContext context)
    {
        const string Prefix = "/v1.0/actors/";
        var path = request.Target.Replace("//", "/", StringComparison.Ordinal)[Prefix.Length..];
        var parts = path.Split('/');
        switch (parts[2])
        {
            case "method":
                await RelayAsync("/actors/" + path, request, context);
                break;
            case "state" when request.Method == "PUT":
                Save($"{parts[0]}/{parts[1]}", request.Body);
                context.Response.StatusCode = 204;
                break;
            case "state" when _state.TryGetValue($"{parts[0]}/{parts[1]}/{parts[3]}", out var json):
                await context.Response.WriteAsync(json);
                break;
            case "reminders" when request.Method == "GET":
                await context.Response.WriteAsync(Reminder);
                break;
            default:
                context.Response.StatusCode = 204;
                break;
        }
    }

    private void Save(string actor, byte[] operations)
    {
        using var document = JsonDocument.Parse(operations);
        foreach (var operation in document.RootElement.EnumerateArray())
        {
            var request = operation.GetProperty("request");
            var key = $"{actor}/{request.GetProperty("key").GetString()}";
            if (operation.GetProperty("operation").GetString() == "delete") _state.TryRemove(key, out _);
            else _state[key] = request.GetProperty("value").GetRawText();
        }
    }

    private async Task RelayAsync(string path, RecordingSidecar.Recorded request, HttpContext context)
    {
        using var relayed = new HttpRequestMessage(HttpMethod.Put, path) { Content = new ByteArrayContent(request.Body) };
        foreach (var name in (string[])["X-DaprRequestHeader", "Dapr-Reentrancy-Id"])
            if (request.Headers.TryGetValue(name, out var value)) relayed.Headers.TryAddWithoutValidation(name, value.ToString());

        using var response = await App.Http.SendAsync(relayed);
        context.Response.StatusCode = response.IsSuccessStatusCode ? 200 : 500;
        if (!response.IsSuccessStatusCode)
        {
            await context.Response.WriteAsync("""{"errorCode":"ERR_ACTOR_INVOKE_METHOD","message":"error invoke actor method: error from actor service"}""");
            return;
        }

        if (response.Headers.TryGetValues("X-DaprErrorResponseHeader", out var error)) context.Response.Headers["X-DaprErrorResponseHeader"] = error.First();
        await context.Response.Body.WriteAsync(await response.Content.ReadAsByteArrayAsync());
    }
}
