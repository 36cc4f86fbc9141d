using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster;

namespace Pipeline.Hotpath.Policy;

/// <summary>
/// The policy in force where the cluster declares a part of it: underneath what the policy file says, or whoever replaced that at run time,
/// and over it what is declared. The two are always put in force as one: a workload is never judged by half a policy.
/// </summary>
/// <param name="inForce">What the engine has.</param>
/// <param name="put">Puts a whole policy in force; false: it was already.</param>
internal sealed class PolicyLayers(
    IDeclarations declarations, BasePolicyFile file, Func<SchedulingPolicy> inForce, Func<SchedulingPolicy, Task<bool>> put) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private SchedulingPolicy? _underneath;
    private SchedulingPolicy? _last;

    /// <summary>Replaces what is underneath.</summary>
    /// <exception cref="RequestRefusedException">Something is wrong with the policy; nothing has changed.</exception>
    public async Task<bool> SetUnderneathAsync(SchedulingPolicy? policy, CancellationToken cancellation)
    {
        if (policy is null)
            throw RequestRefusedException.InvalidArgument("policy", "must be present");
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var changed = await PutAsync(policy).ConfigureAwait(false);
            Keep(policy);
            return changed;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What would be in force were the policy put underneath; nothing is put anywhere.</summary>
    public SchedulingPolicy Over(SchedulingPolicy policy, CancellationToken cancellation)
    {
        _turn.Wait(cancellation);
        try
        {
            // Before anything was put in force, nothing that is declared is known either.
            return _last is null ? policy : declarations.Over(policy, inForce());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What is declared may have changed. Should it be refused as a whole, what was in force before stays.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _underneath ??= file.Read();
            // Kept before the first merge, which nobody could take apart again.
            if (_underneath is null)
                Keep(inForce());
            await PutAsync(_underneath!).ConfigureAwait(false);
        }
        catch (RequestRefusedException)
        {
            // Whoever declared it was told.
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<bool> PutAsync(SchedulingPolicy underneath)
    {
        var whole = declarations.Over(underneath, inForce());
        var changed = false;
        try
        {
            if (!whole.Equals(_last))
                changed = await put(whole).ConfigureAwait(false);
        }
        catch (RequestRefusedException refused)
        {
            declarations.Settle(refused.Message);
            throw;
        }

        _last = whole;
        declarations.Settle(null);
        return changed;
    }

    private void Keep(SchedulingPolicy underneath)
    {
        if (!underneath.Equals(_underneath))
            file.Write(underneath);
        _underneath = underneath;
    }
}
