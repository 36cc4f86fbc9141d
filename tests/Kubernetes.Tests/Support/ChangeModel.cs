using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Kubernetes.Tests.Support;

/// <summary>What a consumer of a reflector knows.</summary>
internal sealed class ChangeModel<T>
    where T : KubernetesObject
{
    private readonly Dictionary<ObjectName, string> _versions = [];

    public int Lists { get; private set; }

    /// <summary>Name and resourceVersion of every object.</summary>
    public IReadOnlyDictionary<ObjectName, string> Versions => _versions;

    public void Apply(Change<T> change)
    {
        switch (change)
        {
            case Change<T>.Replaced all:
                Lists++;
                _versions.Clear();
                foreach (var item in all.Items)
                    Put(item);
                break;
            case Change<T>.Put put:
                Put(put.Item);
                break;
            case Change<T>.Deleted deleted:
                // An object that the model does not have cannot be deleted: an event came twice, or one was lost.
                Assert.True(_versions.Remove(deleted.Item.FullName), $"{deleted.Item.FullName} was deleted, but is not known.");
                break;
        }
    }

    private void Put(T item) => _versions[item.FullName] = item.Metadata.ResourceVersion!;
}
