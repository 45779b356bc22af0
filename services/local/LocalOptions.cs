using Gateway.Hosting;

namespace Gateway.Local;

/// <summary>The command line of the local gateway.</summary>
internal sealed record LocalOptions
{
    public const string Usage = """
        Runs the whole gateway in one process.

          dotnet run --project services/local -- [options]

          --urls URL          where clients connect (default http://127.0.0.1:8080; several separated by ';')
          --data DIR          where keys, usage and undelivered events are kept (default .gateway)
          --new-data          begin anew where the database of --data is gone or empty, though it has been in use
          --components DIR    Dapr resources (default: the ones that ship with the gateway)
          --help              this text

        Settings come from the environment: GATEWAY_CATALOG, GATEWAY_ADMIN_KEY, GATEWAY_API_KEY, GATEWAY_PING_SECONDS, GATEWAY_PROFILE, and the
        providers' keys by the names in the catalog (ANTHROPIC_API_KEY, OPENAI_API_KEY, ...).
        """;

    public string Urls { get; init; } = "http://127.0.0.1:8080";

    public string Data { get; init; } = ".gateway";

    /// <summary>A database that is gone is given up.</summary>
    public bool NewData { get; init; }

    public string Components { get; init; } = Path.Combine(AppContext.BaseDirectory, "components");

    public bool Help { get; init; }

    /// <exception cref="StartException">An option is unknown or has no value.</exception>
    public static LocalOptions Parse(string[] args)
    {
        var options = new LocalOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            string? value = null;
            if (name.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                (name, value) = (name[..at], name[(at + 1)..]);
            if (name is "--help" or "-h" or "-?")
                return options with { Help = true };
            if (name == "--new-data" && value is null)
            {
                options = options with { NewData = true };
                continue;
            }

            if (name is not ("--urls" or "--data" or "--components"))
                throw new StartException($"There is no option '{name}'. Try --help.");
            value ??= ++i < args.Length ? args[i] : throw new StartException($"The option {name} needs a value.");
            options = name switch
            {
                "--urls" => options with { Urls = Checked(value) },
                "--data" => options with { Data = value },
                _ => options with { Components = value },
            };
        }

        return options;
    }

    private static string Checked(string urls)
    {
        ServiceStart.CheckUrls(urls);
        return urls;
    }
}
