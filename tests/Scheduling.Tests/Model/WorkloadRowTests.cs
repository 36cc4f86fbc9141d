using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Model;

public class WorkloadRowTests
{
    [Fact]
    public void A_copy_has_every_field()
    {
        var row = new WorkloadRow(1, "team/job", 2, 3, 4, 5, 6, 7)
        {
            Traits = new WorkloadTraits { Project = 8 },
            Kind = UsageKind.Reserved,
            Group = 9,
            StartedAt = 10,
            CheckpointAt = 11,
            Set = 12,
        };
        // One that is not set above could be left out unnoticed.
        Assert.All(typeof(WorkloadRow).GetProperties().Where(property => property.CanWrite), property =>
            Assert.NotEqual(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null, property.GetValue(row)));
        var copy = default(WorkloadRow);
        row.CopyTo(ref copy);
        Assert.Equal(row, copy);
    }
}
