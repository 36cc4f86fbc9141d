namespace Pipeline.TestControlPlane;

/// <summary>How a run of kubectl ended.</summary>
public sealed record KubectlResult(int ExitCode, string Output, string Error);
