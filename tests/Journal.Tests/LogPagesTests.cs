using FsCheck;
using FsCheck.Fluent;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;

namespace Pipeline.Journal.Tests;

public sealed class LogPagesTests
{
    private const int PageBits = 12;
    private const int PageBytes = 1 << PageBits;
    private const int PagesPerSegment = 4;

    // Two segments with a missing one between them; the last is cut short in the middle of its second page.
    private static readonly long[] Written = [0, 1, 2, 3, 8, 9];
    private const int CutPage = 9;
    private const int End = 14;

    [Fact]
    public void Pages_are_what_the_files_hold_in_whatever_order_they_are_read()
    {
        using var dir = new TempDirectory();
        var files = FilesIn(dir);
        var page = Gen.Choose(0, End - 1);
        // One after the other mostly, as a scan reads them, with jumps to anywhere.
        var stretch = from first in page from count in Gen.Choose(1, 2) select Enumerable.Range(first, count);
        var orders = stretch.ListOf().Resize(200).Select(stretches => stretches.SelectMany(pages => pages).ToArray()).ToArbitrary();
        Prop.ForAll(orders, order => ReadAll(files, order)).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(200)));
    }

    [Fact]
    public void A_page_that_cannot_be_read_fails_whenever_it_is_asked_for_and_fails_no_other()
    {
        using var dir = new TempDirectory();
        var files = FilesIn(dir);
        File.Delete(files.PathOf(2));
        // Nothing is mapped at the addresses of this segment: reading fails as on a dying disk.
        File.CreateSymbolicLink(files.PathOf(2), "/proc/self/mem");
        using var pages = new LogPages(files, Geometry);
        for (var page = 0; page < 8; page++)
            AssertIs(page, pages[page]);
        AssertIs(3, pages[3]);
        AssertIs(7, pages[7]);
        Assert.Throws<IOException>(() => pages[8].Length);
        Assert.Throws<IOException>(() => pages[8].Length);
        AssertIs(7, pages[7]);
    }

    private static LogGeometry Geometry => LogGeometry.Of(PageBytes, PageBytes * PagesPerSegment);

    private static void ReadAll(SegmentFiles files, int[] order)
    {
        using var pages = new LogPages(files, Geometry);
        foreach (var page in order)
            AssertIs(page, pages[page]);
    }

    private static void AssertIs(long page, ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(PageBytes, bytes.Length);
        var full = !Written.Contains(page) ? 0 : page == CutPage ? PageBytes / 2 : PageBytes;
        Assert.Equal(-1, bytes[..full].IndexOfAnyExcept(FillOf(page)));
        Assert.Equal(-1, bytes[full..].IndexOfAnyExcept((byte)0));
    }

    private static byte FillOf(long page) => (byte)(page + 1);

    private static SegmentFiles FilesIn(TempDirectory dir)
    {
        var files = new SegmentFiles(dir.Path, DiskGate.Open);
        foreach (var segment in Written.GroupBy(page => page / PagesPerSegment))
        {
            using var file = File.Create(files.PathOf(segment.Key));
            foreach (var page in segment)
                file.Write(Enumerable.Repeat(FillOf(page), page == CutPage ? PageBytes / 2 : PageBytes).ToArray());
        }
        return files;
    }
}
