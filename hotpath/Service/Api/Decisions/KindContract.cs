using Pipeline.Contracts;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>The kinds of workloads. In the contract 0 is "not given", so its numbers are one higher than the engine's.</summary>
internal static class KindContract
{
    /// <exception cref="RequestRefusedException">There is no such kind.</exception>
    public static Provisioning ToEngine(this V1.Provisioning kind, string field) => kind switch
    {
        V1.Provisioning.Unspecified or V1.Provisioning.OnDemand => Provisioning.OnDemand,
        V1.Provisioning.Spot => Provisioning.Spot,
        V1.Provisioning.Reserved => Provisioning.Reserved,
        _ => throw Unknown(field, (int)kind),
    };

    /// <exception cref="RequestRefusedException">There is no such kind.</exception>
    public static Category ToEngine(this V1.Category kind, string field) => kind switch
    {
        V1.Category.Unspecified or V1.Category.Training => Category.Training,
        V1.Category.Serving => Category.Serving,
        V1.Category.Data => Category.Data,
        V1.Category.Interactive => Category.Interactive,
        _ => throw Unknown(field, (int)kind),
    };

    /// <exception cref="RequestRefusedException">There is no such kind.</exception>
    public static Purpose ToEngine(this V1.Purpose kind, string field) => kind switch
    {
        V1.Purpose.Unspecified or V1.Purpose.Produce => Purpose.Produce,
        V1.Purpose.Service => Purpose.Service,
        V1.Purpose.Qa => Purpose.QA,
        V1.Purpose.Test => Purpose.Test,
        _ => throw Unknown(field, (int)kind),
    };

    /// <exception cref="RequestRefusedException">There is no such mode.</exception>
    public static TopologyMode ToEngine(this V1.TopologyMode mode, string field) => mode switch
    {
        V1.TopologyMode.Unspecified => TopologyMode.None,
        V1.TopologyMode.Soft => TopologyMode.Soft,
        V1.TopologyMode.Hard => TopologyMode.Hard,
        _ => throw Unknown(field, (int)mode),
    };

    public static V1.Provisioning ToContract(this Provisioning kind) => (V1.Provisioning)((int)kind + 1);

    public static V1.Category ToContract(this Category kind) => (V1.Category)((int)kind + 1);

    public static V1.Purpose ToContract(this Purpose kind) => (V1.Purpose)((int)kind + 1);

    private static RequestRefusedException Unknown(string field, int number) => RequestRefusedException.InvalidArgument(field, $"there is no {number}");
}
