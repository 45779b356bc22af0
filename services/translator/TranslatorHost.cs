using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers;

namespace Gateway.Translator;

/// <summary>Turns Anthropic's requests into those of other wire formats, and their answers back.</summary>
public static class TranslatorHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Last changes to the builder, by whoever hosts the service: a test, or a process of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Translator);
        builder.Services.AddSingleton<AdapterClient>();
        builder.Services.AddSingleton<LearnedAdjustments>();
        builder.Services.AddSingleton<LearnedTexts>();
        builder.Services.AddSingleton<ProviderProfiles>();
        builder.AddSettings<WebRoundOptions>();
        builder.Services.AddSingleton<Turns>();
        builder.Services.AddSingleton<WebClient>();
        builder.Services.AddSingleton<WebRounds>();
        builder.Services.AddSingleton<MessagesEndpoint>();
        builder.Services.AddSingleton<CountTokensEndpoint>();
        builder.Services.AddSingleton<ExplainEndpoint>();
        configure?.Invoke(builder);

        var app = builder.Build();
        CheckProviders(app);
        app.UseErrorResponses(static context => context.Request.Headers[GatewayHeaders.RequestId]);
        app.UseAppApiToken();
        app.UseRouting();
        app.MapHealth();
        app.MapMetrics();
        MapEndpoints(app);
        return app;
    }

    /// <summary>Plain delegates: a handler with parameters costs every request a scope and a look-up for each.</summary>
    private static void MapEndpoints(WebApplication app)
    {
        var services = app.Services;
        app.MapPost(InternalRoutes.Messages, services.GetRequiredService<MessagesEndpoint>().HandleAsync);
        app.MapPost(InternalRoutes.CountTokens, services.GetRequiredService<CountTokensEndpoint>().HandleAsync);
        app.MapPost(InternalRoutes.Explain, services.GetRequiredService<ExplainEndpoint>().HandleAsync);
    }

    /// <summary>Descriptors and quirks are names only the translation side can check.</summary>
    private static void CheckProviders(WebApplication app)
    {
        var mistakes = ProviderDescriptors.Problems(app.Services.GetRequiredService<CatalogSource>().Current.File).ToList();
        if (mistakes.Count > 0)
            throw new CatalogException(app.Configuration[CatalogSource.Setting] ?? "default", mistakes);
    }
}
