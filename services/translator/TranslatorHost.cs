using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers;

namespace Gateway.Translator;

public static class TranslatorHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Replaces services, for tests and for hosts of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Translator);
        builder.Services.AddSingleton<AdapterClient>();
        builder.Services.AddSingleton<LearnedAdjustments>();
        builder.Services.AddSingleton<ProviderProfiles>();
        builder.Services.AddSingleton<MessagesEndpoint>();
        builder.Services.AddSingleton<CountTokensEndpoint>();
        builder.Services.AddSingleton<ExplainEndpoint>();
        configure?.Invoke(builder);

        var app = builder.Build();
        CheckProviders(app);
        app.UseAppApiToken();
        app.UseRouting();
        app.MapHealth();
        MapEndpoints(app);
        return app;
    }

    private static void MapEndpoints(WebApplication app)
    {
        var services = app.Services;
        var log = services.GetRequiredService<ILogger<TranslationRequest>>();
        Map(InternalRoutes.Messages, services.GetRequiredService<MessagesEndpoint>().HandleAsync, "The gateway failed to translate the request.");
        Map(InternalRoutes.CountTokens, services.GetRequiredService<CountTokensEndpoint>().HandleAsync, "The gateway failed to count the tokens.");
        Map(InternalRoutes.Explain, services.GetRequiredService<ExplainEndpoint>().HandleAsync, "The gateway failed to translate the request.");

        // Plain delegates: a handler with parameters costs every request a scope and a look-up for each.
        void Map(string path, RequestDelegate endpoint, string failure) => app.MapPost(path, ErrorBoundary.Around(endpoint, failure, log));
    }

    /// <summary>Descriptors and quirks are names only the translation side can check.</summary>
    private static void CheckProviders(WebApplication app)
    {
        var mistakes = ProviderDescriptors.Problems(app.Services.GetRequiredService<CatalogSource>().Current.File).ToList();
        if (mistakes.Count > 0)
            throw new CatalogException(app.Configuration[CatalogSource.Setting] ?? "default", mistakes);
    }
}
