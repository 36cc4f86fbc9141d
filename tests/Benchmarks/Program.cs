using Pipeline.Benchmarks;
using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Webhook;

if (await BareEndpoint.TryServeAsync(args))
    return 0;
return await CommandLine.RunAsync(args, Suites.All, TimeProvider.System);
