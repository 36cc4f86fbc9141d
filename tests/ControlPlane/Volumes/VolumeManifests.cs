using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>Volumes, claims and classes.</summary>
public static class VolumeManifests
{
    public const string NoProvisioner = "kubernetes.io/no-provisioner";

    /// <summary>A class whose claims wait for a node.</summary>
    /// <param name="provisioner">Default: its volumes are there already.</param>
    public static JsonObject Class(string name, string provisioner = NoProvisioner) => new()
    {
        ["apiVersion"] = "storage.k8s.io/v1",
        ["kind"] = "StorageClass",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["provisioner"] = provisioner,
        ["volumeBindingMode"] = "WaitForFirstConsumer",
    };

    /// <param name="class">Empty: none.</param>
    /// <param name="volume">The one volume that will do; null: any of the class.</param>
    public static JsonObject Claim(string name, string @class, string size = "1Gi", string? volume = null)
    {
        var claim = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolumeClaim",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["accessModes"] = new JsonArray("ReadWriteOnce"),
                ["storageClassName"] = @class,
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = size } },
            },
        };
        if (volume is not null)
            claim["spec"]!["volumeName"] = volume;
        return claim;
    }

    /// <summary>How many volumes of the driver the node can attach.</summary>
    public static JsonObject Limit(string node, string driver, int count)
    {
        var limited = new JsonObject { ["name"] = driver, ["nodeID"] = node, ["topologyKeys"] = null, ["allocatable"] = new JsonObject { ["count"] = count } };
        return new JsonObject
        {
            ["apiVersion"] = "storage.k8s.io/v1",
            ["kind"] = "CSINode",
            ["metadata"] = new JsonObject { ["name"] = node },
            ["spec"] = new JsonObject { ["drivers"] = new JsonArray(limited) },
        };
    }

    /// <summary>A disk of the node.</summary>
    public static JsonObject Local(string name, string node, string @class, string size = "1Gi")
        => Volume(name, node, @class, size, "local", new JsonObject { ["path"] = $"/disks/{name}" });

    /// <summary>What a provisioner makes for a claim on the node.</summary>
    public static JsonObject Provisioned(JsonNode claim, string node, string provisioner)
    {
        var (meta, spec) = (claim["metadata"]!, claim["spec"]!);
        var name = $"pvc-{(string)meta["uid"]!}";
        var (given, size) = ((string)spec["storageClassName"]!, (string)spec["resources"]!["requests"]!["storage"]!);
        var volume = Volume(name, node, given, size, "csi", new JsonObject { ["driver"] = provisioner, ["volumeHandle"] = name });
        volume["metadata"]!["annotations"] = new JsonObject { ["pv.kubernetes.io/provisioned-by"] = provisioner };
        volume["spec"]!["claimRef"] = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolumeClaim",
            ["namespace"] = meta["namespace"]!.DeepClone(),
            ["name"] = meta["name"]!.DeepClone(),
            ["uid"] = meta["uid"]!.DeepClone(),
        };
        return volume;
    }

    private static JsonObject Volume(string name, string node, string @class, string size, string kind, JsonObject source)
    {
        var onNode = new JsonObject { ["key"] = "kubernetes.io/hostname", ["operator"] = "In", ["values"] = new JsonArray(node) };
        var terms = new JsonArray(new JsonObject { ["matchExpressions"] = new JsonArray(onNode) });
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["storage"] = size },
                ["accessModes"] = new JsonArray("ReadWriteOnce"),
                ["storageClassName"] = @class,
                ["persistentVolumeReclaimPolicy"] = "Retain",
                [kind] = source,
                ["nodeAffinity"] = new JsonObject { ["required"] = new JsonObject { ["nodeSelectorTerms"] = terms } },
            },
        };
    }
}
