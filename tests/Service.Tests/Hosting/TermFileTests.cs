using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Service.Tests.Hosting;

/// <summary>A data folder is gone on with only by the leadership that follows the one that wrote it.</summary>
public sealed class TermFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-term-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_folder_is_gone_on_with_when_nobody_has_led_in_between()
    {
        Lead("lease", 3);
        Lead("lease", 4);
        Assert.True(HasJournal());
        Assert.Empty(Aside());
    }

    [Theory]
    [InlineData("lease", 5)]
    [InlineData("lease", 3)]
    [InlineData("lease", 1)]
    [InlineData("another", 4)]
    public void What_was_written_before_another_led_is_moved_aside_whole(string lease, int term)
    {
        Lead("lease", 3);
        Claim(lease, term);
        Assert.False(HasJournal());
        var aside = Assert.Single(Aside());
        foreach (var name in new[] { "hotpath", "queue", "timers" })
            Assert.Equal("3", File.ReadAllText(Path.Combine(aside, name, "contents")));

        // And what is written from then on is gone on with.
        Write("new");
        Claim(lease, term + 1);
        Assert.True(HasJournal());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"Lease\":\"lease\",\"Te")]
    public void A_folder_that_does_not_say_who_wrote_it_is_not_gone_on_with(string? file)
    {
        Write("3");
        if (file is not null)
            File.WriteAllText(Path.Combine(_folder, "leader.json"), file);
        Claim("lease", 1);
        Assert.False(HasJournal());
        Assert.Single(Aside());
    }

    [Fact]
    public void A_new_folder_is_made_and_nothing_is_moved()
    {
        var made = Path.Combine(_folder, "made");
        new TermFile(made, NullLogger.Instance).Claim(new FencingToken("lease", 1, "me"));
        Assert.Equal(["leader.json"], Directory.GetFileSystemEntries(made).Select(Path.GetFileName));
    }

    [Fact]
    public void Only_the_newest_are_kept_aside()
    {
        for (var term = 1; term <= 21; term += 2)
            Lead("lease", term);
        Assert.Equal(["17", "19", "21"], Aside().Select(aside => Path.GetFileName(aside).Split('-')[1].TrimStart('0')).Order());
    }

    private void Lead(string lease, int term)
    {
        Claim(lease, term);
        Write($"{term}");
    }

    private void Claim(string lease, int term) => new TermFile(_folder, NullLogger.Instance).Claim(new FencingToken(lease, term, "me"));

    private void Write(string contents)
    {
        foreach (var name in new[] { "hotpath", "queue", "timers" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            File.WriteAllText(Path.Combine(_folder, name, "contents"), contents);
        }
    }

    private bool HasJournal() => Directory.Exists(Path.Combine(_folder, "hotpath"));

    private string[] Aside() => Directory.GetDirectories(_folder, "superseded-*");
}
