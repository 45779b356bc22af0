using Gateway.Contracts.Catalog;
using Gateway.Contracts.Hosting;
using Gateway.Contracts.Names;
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
        configure?.Invoke(builder);

        var app = builder.Build();
        CheckProviders(app);
        app.UseAppApiToken();
        app.UseStraightRoutes();
        app.MapHealth();
        app.MapPost(InternalRoutes.Messages, MessagesEndpoint.HandleAsync);
        app.MapPost(InternalRoutes.CountTokens, CountTokensEndpoint.HandleAsync);
        app.MapPost(InternalRoutes.Explain, ExplainEndpoint.HandleAsync);
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
