using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers;

namespace Gateway.Translator;

public static class TranslatorHost
{
    public static WebApplication Build(string[] args) => Build(args, null);

    /// <param name="configure">Last changes to the builder, for hosts that run several services in one process.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Translator);
        builder.Services.AddSingleton<AdapterClient>();
        builder.Services.AddSingleton<LearntAdjustments>();
        builder.Services.AddSingleton<ProviderProfiles>();
        builder.Services.AddSingleton<MessagesEndpoint>();
        builder.Services.AddSingleton<CountTokensEndpoint>();
        builder.Services.AddSingleton<ExplainEndpoint>();
        configure?.Invoke(builder);

        var app = builder.Build();
        CheckProviders(app);
        app.UseAppApiToken();
        app.UseStraightRoutes();
        app.MapHealth();
        // As they are: a handler with parameters costs every request a scope and a look-up each.
        app.MapPost(InternalRoutes.Messages, (RequestDelegate)app.Services.GetRequiredService<MessagesEndpoint>().HandleAsync);
        app.MapPost(InternalRoutes.CountTokens, (RequestDelegate)app.Services.GetRequiredService<CountTokensEndpoint>().HandleAsync);
        app.MapPost(InternalRoutes.Explain, (RequestDelegate)app.Services.GetRequiredService<ExplainEndpoint>().HandleAsync);
        return app;
    }

    /// <summary>Descriptors and quirks are names only the translation side can check.</summary>
    private static void CheckProviders(WebApplication app)
    {
        var mistakes = ProviderDescriptors.Problems(app.Services.GetRequiredService<CatalogSource>().Current.File).ToList();
        if (mistakes.Count > 0)
            throw new CatalogException(app.Configuration[CatalogSource.Setting] ?? "default", mistakes);
    }
}
