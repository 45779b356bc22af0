using System.Diagnostics;

namespace Gateway.Tests.Ingress;

/// <summary>A file system of a megabyte in memory, so that a test can really fill a disk.</summary>
internal sealed class SmallDisk : IDisposable
{
    public const int Bytes = 1024 * 1024;

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Whether this machine lets this user mount one.</summary>
    public static bool IsAllowed { get; } = Try();

    public static SmallDisk Mount()
    {
        var path = Directory.CreateTempSubdirectory("gateway-disk-").FullName;
        return Run("mount", "-t", "tmpfs", "-o", $"size={Bytes}", "tmpfs", path) ? new SmallDisk(path) : throw new IOException("No tmpfs could be mounted.");
    }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static bool Try()
    {
        try
        {
            using var disk = Mount();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Run(string command, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
                process.Kill();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
