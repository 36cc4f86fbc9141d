using System.Globalization;

namespace Pipeline.Benchmarks.Openb;

/// <summary>
/// Allocated GPU percent at 130 % arrival, means of 10 seeds, from the results of the FGD authors' simulator
/// (hkust-adsl/kubernetes-scheduler-simulator, <c>analysis_allo_discrete.csv</c>).
/// </summary>
internal sealed record Published(double Random, double DotProd, double Clustering, double Packing, double BestFit, double Fgd)
{
    private static readonly Dictionary<string, Published> ByTrace = new()
    {
        ["default"] = new(87.47, 90.85, 91.88, 92.00, 93.08, 95.39),
        ["cpu050"] = new(91.24, 93.27, 93.79, 93.72, 93.79, 95.21),
        ["cpu100"] = new(89.11, 91.95, 92.64, 92.72, 93.44, 95.35),
        ["cpu200"] = new(83.77, 87.70, 89.92, 90.22, 92.40, 95.05),
        ["cpu250"] = new(80.42, 83.81, 87.99, 88.28, 91.45, 93.41),
        ["gpushare40"] = new(86.00, 89.56, 90.02, 90.03, 91.69, 94.15),
        ["gpushare60"] = new(83.65, 87.11, 87.20, 87.45, 89.36, 91.40),
        ["gpushare80"] = new(81.22, 84.49, 84.85, 85.00, 87.01, 89.30),
        ["gpushare100"] = new(79.44, 82.42, 82.65, 82.57, 85.01, 86.90),
        ["gpuspec10"] = new(87.43, 90.39, 92.18, 92.46, 93.30, 94.95),
        ["gpuspec20"] = new(87.24, 89.97, 92.25, 92.94, 93.30, 94.84),
        ["gpuspec25"] = new(86.94, 89.63, 92.08, 92.98, 93.23, 94.74),
        ["gpuspec33"] = new(86.46, 89.14, 92.12, 93.22, 93.09, 94.55),
        ["multigpu20"] = new(88.69, 92.06, 93.56, 93.71, 93.93, 95.65),
        ["multigpu30"] = new(89.27, 93.28, 94.72, 94.87, 94.72, 96.46),
        ["multigpu40"] = new(90.09, 94.19, 95.50, 95.74, 95.23, 96.99),
        ["multigpu50"] = new(90.27, 94.85, 95.81, 96.18, 95.74, 97.18),
    };

    public static Published? Of(string trace) => ByTrace.GetValueOrDefault(trace);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"FGD {Fgd}, BestFit {BestFit}, Packing {Packing}, Clustering {Clustering}, DotProd {DotProd}, Random {Random}");
}
