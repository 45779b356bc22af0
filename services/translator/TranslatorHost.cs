namespace Gateway.Translator;

public static class TranslatorHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateSlimBuilder(args).Build();
}
