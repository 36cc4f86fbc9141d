using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Http;
using Pipeline.Insight;

namespace Pipeline.Benchmarks.Extender;

/// <summary>Calls of the filter verb, one at a time as kube-scheduler makes them; each for another pod, whose place is given back.</summary>
internal static class FilterCalls
{
    public const int Nodes = 5_000;
    public const int Calls = 3_000;

    // The runtime has compiled everything for good after some 3,000 calls; before that one in ten takes twice as long.
    private const int Warmups = 4_000;
    private const double Milliseconds = 1e6;
    private const string UidPrefix = "4f8b8f3e-0000-4000-8000-";

    public static async Task RunAsync(Report report)
    {
        var time = TimeProvider.System;
        using var scratch = new Scratch();
        using var cluster = new SimulatedCluster(new SimulatedClusterOptions { Nodes = Nodes, FillPercent = 50 }, time, NullLogger<SimulatedCluster>.Instance);
        await using var service = await HotpathService.StartAsync(
            new HotpathOptions { DataDirectory = scratch.Sub("data") }, cluster, new NoWakeups(), time, NullLoggerFactory.Instance, default);
        using var front = new ExtenderFront(service.Nominations, new ExtenderOptions(), time, NullLogger<ExtenderFront>.Instance);
        using var metrics = new MetricsPage();
        await using var http = await HotpathWebHost.StartHttpAsync(service, front, metrics, IPAddress.Loopback, new HttpEndpoint(0), NullLoggerFactory.Instance);
        using var client = new HttpClient { BaseAddress = new Uri(http.Urls.Single()) };

        var (server, round) = (new LatencyHistogram(), new Gauge(time));
        using var listener = new MeterListener();
        var counting = false;
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Name == "pipeline_extender_seconds")
                to.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) =>
        {
            if (counting)
                server.Record((long)(seconds * 1e9));
        });
        listener.Start();

        var names = string.Join(',', service.Loop.Snapshot.Nodes().Select(node => $"\"{node.Name}\""));
        var call = new FilterCall(client, $$"""{"Pod":{{PodText}},"Nodes":null,"NodeNames":[{{names}}]}""");
        for (var number = 0; number < Warmups + Calls; number++)
        {
            counting = number >= Warmups;
            call.Number(number);
            await (counting ? round : new Gauge(time)).RunAsync(1, call.SendAsync);
            await service.Scheduler.ReleaseAsync(new ReleaseRequest { Workload = PodTranslation.IdOf(UidPrefix + number.ToString("D12", CultureInfo.InvariantCulture)) });
        }

        report.Latency("filter 5k names, client", round.Result);
        report.Figure("filter 5k names, server", "p50", server.Percentile(50) / Milliseconds, "ms");
        report.AtMost("filter 5k names, server", "p99", server.Percentile(99) / Milliseconds, "ms", 2);
    }

    /// <summary>A small pod as an API server keeps it.</summary>
    private const string PodText = $$$"""
        {"metadata":{"name":"pod-{{{FilterCall.Numbered}}}","namespace":"team","uid":"{{{UidPrefix}}}{{{FilterCall.Numbered}}}","resourceVersion":"{{{FilterCall.Numbered}}}",
        "creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"train","pipeline.gpu/category":"training"},
        "managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{} },"f:spec":{} } }] },
        "spec":{"volumes":[{"name":"token","secret":{"secretName":"default-token"} }],"containers":[{"name":"main","image":"train:1","command":["python","train.py"],
        "resources":{"limits":{"nvidia.com/gpu":"1"},"requests":{"cpu":"4","memory":"32Gi","nvidia.com/gpu":"1"} },
        "volumeMounts":[{"name":"token","readOnly":true,"mountPath":"/var/run/secrets"}],"imagePullPolicy":"IfNotPresent"}],
        "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler",
        "tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":0},
        "status":{"phase":"Pending","qosClass":"Burstable"}}
        """;
}
