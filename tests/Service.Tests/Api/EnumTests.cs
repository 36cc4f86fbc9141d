using Pipeline.Contracts;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Api.Decisions;
using Engine = Pipeline.Scheduling.Repair;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class EnumTests
{
    [Theory]
    [InlineData(typeof(Engine.StepKind), typeof(V1.StepKind))]
    [InlineData(typeof(Engine.RunState), typeof(V1.RunState))]
    [InlineData(typeof(Engine.StepOutcome), typeof(V1.StepOutcome))]
    [InlineData(typeof(Engine.AlertOutcome), typeof(V1.AlertOutcome))]
    [InlineData(typeof(Engine.AlertStatus), typeof(V1.AlertStatus))]
    [InlineData(typeof(Engine.AlertKind), typeof(V1.AlertKind))]
    [InlineData(typeof(Scheduling.Model.NodeHealth), typeof(V1.NodeHealth))]
    public void The_engine_and_the_contract_have_the_same_numbers_under_the_same_names(Type engine, Type contract)
        => Assert.Equal(Members(contract), Members(engine));

    [Theory]
    [InlineData(9)]
    [InlineData(-1)]
    [InlineData(256 + 1)]
    [InlineData(int.MinValue + 1)]
    public void A_number_that_the_engine_does_not_know_is_refused_by_the_name_of_its_field(int number)
    {
        Assert.StartsWith("here:", Assert.Throws<InvalidRequestException>(() => ((V1.StepKind)number).ToEngine("here")).Message);
        Assert.StartsWith("here:", Assert.Throws<InvalidRequestException>(() => ((V1.StepOutcome)number).ToEngine("here")).Message);
        Assert.StartsWith("here:", Assert.Throws<InvalidRequestException>(() => ((V1.AlertStatus)number).ToEngine("here")).Message);
        Assert.StartsWith("here:", Assert.Throws<InvalidRequestException>(() => ((V1.AlertKind)number).ToEngine("here")).Message);
    }

    [Theory]
    [InlineData(typeof(Scheduling.Tenancy.Provisioning), typeof(V1.Provisioning))]
    [InlineData(typeof(Scheduling.Tenancy.Category), typeof(V1.Category))]
    [InlineData(typeof(Scheduling.Tenancy.Purpose), typeof(V1.Purpose))]
    public void The_contract_has_the_engines_kinds_behind_a_0_for_not_given(Type engine, Type contract)
        => Assert.Equal(
            Members(contract).Select(member => (member.Item1 - 1, member.Item2.ToUpperInvariant())),
            Enum.GetValues(engine).Cast<object>().Select(value => (Convert.ToInt32(value), value.ToString()!.ToUpperInvariant())).Order());

    [Fact]
    public void Kinds_go_both_ways_and_those_not_given_have_their_defaults()
    {
        Assert.All(Enum.GetValues<Scheduling.Tenancy.Provisioning>(), kind => Assert.Equal(kind, kind.ToContract().ToEngine("")));
        Assert.All(Enum.GetValues<Scheduling.Tenancy.Category>(), kind => Assert.Equal(kind, kind.ToContract().ToEngine("")));
        Assert.All(Enum.GetValues<Scheduling.Tenancy.Purpose>(), kind => Assert.Equal(kind, kind.ToContract().ToEngine("")));
        Assert.All(Enum.GetValues<V1.TopologyMode>(), mode => Assert.Equal((int)mode, (int)mode.ToEngine("")));
        Assert.Equal(
            (Scheduling.Tenancy.Provisioning.OnDemand, Scheduling.Tenancy.Category.Training, Scheduling.Tenancy.Purpose.Produce),
            (default(V1.Provisioning).ToEngine(""), default(V1.Category).ToEngine(""), default(V1.Purpose).ToEngine("")));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(256 + 1)]
    public void A_kind_that_does_not_exist_is_refused_by_the_name_of_its_field(int number)
    {
        Assert.Equal("here", Assert.Throws<RequestRefusedException>(() => ((V1.Provisioning)number).ToEngine("here")).Field);
        Assert.Equal("here", Assert.Throws<RequestRefusedException>(() => ((V1.Category)number).ToEngine("here")).Field);
        Assert.Equal("here", Assert.Throws<RequestRefusedException>(() => ((V1.Purpose)number).ToEngine("here")).Field);
        Assert.Equal("here", Assert.Throws<RequestRefusedException>(() => ((V1.TopologyMode)number).ToEngine("here")).Field);
    }

    // 0 is "not given" in the contract and "none" or "absent" in the engine, if it has it at all.
    private static List<(int, string)> Members(Type type)
        => [.. Enum.GetValues(type).Cast<object>().Select(value => (Convert.ToInt32(value), value.ToString()!)).Where(member => member.Item1 != 0).Order()];
}
