using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class AlertLabelsTests
{
    [Fact]
    public void They_are_the_texts_that_they_were_made_of()
    {
        AlertLabels labels = ["alertname=GpuXid", "", "node=Zürich \U0001F525", "a=b"];

        Assert.Equal(["alertname=GpuXid", "", "node=Zürich \U0001F525", "a=b"], labels);
        Assert.Equal(4, labels.Count);
        Assert.Equal(16, labels.Longest);
    }

    [Fact]
    public void There_may_be_none()
    {
        Assert.Empty(default(AlertLabels));
        Assert.Empty((AlertLabels)[]);
        Assert.Equal((0, 0), (default(AlertLabels).Count, default(AlertLabels).Longest));
    }

    [Fact]
    public void What_is_no_text_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => AlertLabels.Of("a=b", "\ud800"));
        Assert.ThrowsAny<ArgumentException>(() => AlertLabels.Of("a=\udc00b"));
    }
}
