using System.Reflection;
using System.Security.Cryptography;
using Pipeline.Functions.GrafanaWebhook;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

/// <summary>A comparison that ends at the first difference tells a secret byte by byte; no test of results sees that.</summary>
public sealed class ConstantTimeTests
{
    private static readonly string[] Hasty = ["Equals", "op_Equality", "SequenceEqual", "Compare", "CompareOrdinal", "StartsWith", "SequenceCompareTo"];

    [Theory]
    [InlineData("BodySignature")]
    [InlineData("SecretDigest")]
    public void Secrets_are_compared_in_constant_time(string type)
    {
        var called = Called(typeof(GrafanaOptions).Assembly.GetType($"Pipeline.Functions.GrafanaWebhook.Authentication.{type}", throwOnError: true)!);
        Assert.Contains(called, method => method.DeclaringType == typeof(CryptographicOperations) && method.Name == "FixedTimeEquals");
        Assert.DoesNotContain(called, method => Hasty.Contains(method.Name));
    }

    [Fact]
    public void The_search_sees_a_hasty_comparison()
    {
        Assert.Contains(Called(typeof(HastyComparison)), method => Hasty.Contains(method.Name));
    }

    private static List<MethodBase> Called(Type type)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        const byte Call = 0x28, CallVirtual = 0x6f;
        var called = new List<MethodBase>();
        foreach (var code in type.GetMethods(All).Select(method => method.GetMethodBody()?.GetILAsByteArray() ?? []))
        {
            for (var i = 0; i + 4 < code.Length; i++)
            {
                if (code[i] is Call or CallVirtual && Resolve(type, BitConverter.ToInt32(code, i + 1)) is { } method)
                    called.Add(method);
            }
        }

        return called;
    }

    /// <summary>Bytes that only look like a call resolve to nothing.</summary>
    private static MethodBase? Resolve(Type type, int token)
    {
        try
        {
            return type.Module.ResolveMethod(token);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private sealed class HastyComparison
    {
        public static bool Matches(string secret, string presented) => secret == presented;
    }
}
