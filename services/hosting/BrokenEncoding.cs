namespace Gateway.Hosting;

/// <summary>What the decoders throw for bytes that are not in the encoding they call themselves.</summary>
public static class BrokenEncoding
{
    /// <summary>Brotli's has no exception of its own for it.</summary>
    public static bool Is(Exception e) => e is InvalidDataException or InvalidOperationException { Source: "System.IO.Compression.Brotli" };
}
