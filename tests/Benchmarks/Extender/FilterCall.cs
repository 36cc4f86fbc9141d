using System.Net.Http.Headers;
using System.Text;

namespace Pipeline.Benchmarks.Extender;

/// <summary>One request that is sent again and again for other pods; a usual client's garbage would be part of what is measured.</summary>
internal sealed class FilterCall(HttpClient client, string body)
{
    /// <summary>Stands in the body where the pod's number goes.</summary>
    public const string Numbered = "999999999999";

    private readonly byte[] _body = Encoding.UTF8.GetBytes(body);
    private readonly int[] _places = PlacesIn(body);
    private readonly byte[] _answer = new byte[4 << 20];

    public void Number(int number)
    {
        foreach (var place in _places)
            number.TryFormat(_body.AsSpan(place, Numbered.Length), out _, "D12");
    }

    public async ValueTask SendAsync()
    {
        using var content = new ReadOnlyMemoryContent(_body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/extender/filter", UriKind.Relative)) { Content = content };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var length = await stream.ReadAtLeastAsync(_answer, _answer.Length, throwOnEndOfStream: false);
        if (!response.IsSuccessStatusCode || _answer.AsSpan(0, length).IndexOf("\"NodeNames\":[\""u8) < 0)
            throw new InvalidOperationException($"The filter answered {response.StatusCode}: {Encoding.UTF8.GetString(_answer, 0, Math.Min(length, 300))}");
    }

    // All of it is ASCII, so characters are bytes.
    private static int[] PlacesIn(string body)
    {
        var places = new List<int>();
        for (var at = body.IndexOf(Numbered, StringComparison.Ordinal); at >= 0; at = body.IndexOf(Numbered, at + 1, StringComparison.Ordinal))
            places.Add(at);
        return [.. places];
    }
}
