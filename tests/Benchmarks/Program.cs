using Pipeline.Benchmarks;
using Pipeline.Benchmarks.Decide;
using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Recover;
using Pipeline.Benchmarks.Restart;
using Pipeline.Benchmarks.Rpc;
using Pipeline.Benchmarks.Webhook;

// The program is its own baseline in a second process.
if (StartCase.IsNothing(args) || await BareEndpoint.TryServeAsync(args))
    return 0;
if (FirstDecision.IsAsked(args))
{
    await FirstDecision.RunAsync(args[1]);
    return 1;
}
if (UnaryCase.IsAsked(args))
{
    await UnaryCase.CompareAsync();
    return 0;
}
if (PlacingCase.IsAsked(args))
{
    PlacingCase.Compare();
    return 0;
}
return await CommandLine.RunAsync(args, Suites.All, TimeProvider.System);
