using System.Security.Cryptography;
using Gateway.Contracts.Names;

namespace Gateway.AdminConsole.Web;

/// <summary>Styles, scripts and pictures: in the assembly, and named by what is in them, so that browsers keep them.</summary>
internal static class StaticFiles
{
    private const string Prefix = "asset/";
    private const int VersionLength = 12;

    private static readonly Dictionary<string, (byte[] Bytes, string Version)> All = Load();

    /// <summary>Where a page finds it.</summary>
    public static string Path(string name) => $"{InternalRoutes.Console}/assets/{name}?v={All[name].Version}";

    public static void MapAssets(this WebApplication app) => app.MapGet(InternalRoutes.Console + "/assets/{name}", static (string name, HttpContext context) =>
    {
        if (!All.TryGetValue(name, out var asset))
            return Results.NotFound();
        if (context.Request.Query["v"] == asset.Version)
            context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, System.IO.Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        });
    });

    private static Dictionary<string, (byte[] Bytes, string Version)> Load()
    {
        var assembly = typeof(StaticFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(n => n[Prefix.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return (bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..VersionLength]);
        });
    }
}
