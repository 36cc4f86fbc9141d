using Pipeline.Hotpath.Hosting;

namespace Pipeline.Hotpath.Tests.Hosting;

public sealed class SettingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("settings-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("local.settings.json")]
    public void A_file_that_is_no_JSON_is_named_with_the_line(string name)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, name), "{\n\"Hotpath\": }");
        var refused = Assert.Throws<StartupException>(() => Settings.Load(_folder.FullName));
        Assert.Contains(name, refused.Message);
        Assert.Contains("LineNumber: 1", refused.Message);
    }
}
