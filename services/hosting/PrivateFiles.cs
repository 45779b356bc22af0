namespace Gateway.Hosting;

/// <summary>Files that are nobody's but this user's: what waits in them says who used what, and some hold secrets.</summary>
public static class PrivateFiles
{
    private const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder and those above it. One that is there already stays as open as it is.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // One by one: the system's call gives its mode to the last of them only.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } above && !Directory.Exists(above))
            CreateDirectory(above);
        Directory.CreateDirectory(path, ReadWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Opens a file, unbuffered; one that this makes is its user's alone.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
            options.UnixCreateMode = ReadWrite;
        return new FileStream(path, options);
    }
}
