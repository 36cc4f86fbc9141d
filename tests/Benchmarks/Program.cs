using Pipeline.Benchmarks;
using Pipeline.Benchmarks.Framework;

return await CommandLine.RunAsync(args, Suites.All, TimeProvider.System);
