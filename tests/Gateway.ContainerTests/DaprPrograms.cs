namespace Gateway.ContainerTests;

/// <summary>A Dapr that the environment gives.</summary>
/// <param name="Daprd"><c>DAPRD_PATH</c>.</param>
/// <param name="Placement"><c>PLACEMENT_PATH</c>.</param>
/// <param name="Scheduler"><c>SCHEDULER_PATH</c>.</param>
/// <param name="Redis"><c>REDIS_URL</c>: <c>redis://:password@host:port</c>.</param>
internal sealed record DaprPrograms(string Daprd, string Placement, string Scheduler, Uri Redis)
{
    private static readonly string[] Variables = ["DAPRD_PATH", "PLACEMENT_PATH", "SCHEDULER_PATH", "REDIS_URL"];

    /// <summary>Null when the environment gives none of it.</summary>
    /// <param name="variable">Reads the environment.</param>
    /// <exception cref="InvalidOperationException">It gives a part of it, or names a program that is not there.</exception>
    public static DaprPrograms? From(Func<string, string?> variable)
    {
        var given = Variables.Select(v => variable(v) is { Length: > 0 } value ? value : null).ToList();
        if (given.TrueForAll(v => v is null))
            return null;
        for (var i = 0; i < Variables.Length; i++)
        {
            if (given[i] is null)
                throw new InvalidOperationException($"{Variables[i]} is missing: it takes all of {string.Join(", ", Variables)}");
            if (i < 3 && !File.Exists(given[i]))
                throw new InvalidOperationException($"{Variables[i]}: there is no file {given[i]}");
        }

        return Uri.TryCreate(given[3], UriKind.Absolute, out var redis) && redis is { Scheme: "redis", Port: > 0 }
            ? new DaprPrograms(given[0]!, given[1]!, given[2]!, redis)
            : throw new InvalidOperationException($"REDIS_URL: '{given[3]}' is not of the form redis://host:port");
    }
}
