using System.Text.Json;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>
/// Reads a notification token by token. It knows at each moment which field it is at, so every error can name it; and it takes two
/// thirds of the time of a serializer, whose share of a notification was the largest beside the disk's.
/// </summary>
internal ref struct NotificationReader(ReadOnlySpan<byte> body)
{
    // The smallest lists that hold those of an ordinary alert without growing.
    private const int UsualLabels = 12;
    private const int UsualAnnotations = 4;

    private const string AnObject = "must be an object";
    private const string AText = "must be a text";
    private const string Texts = "must be an object of texts";

    private Utf8JsonReader _json = new(body);
    private int _alert = -1;
    private string? _field;
    private string _expected = AnObject;

    /// <summary>Where the reader is.</summary>
    public readonly string Field => (_alert, _field) switch
    {
        ( < 0, null) => "body",
        ( < 0, var name) => name,
        (var alert, null) => $"alerts[{alert}]",
        var (alert, name) => $"alerts[{alert}].{name}",
    };

    /// <summary>What must stand there.</summary>
    public readonly string Expected => _expected;

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">There is something else than <see cref="Expected"/> at <see cref="Field"/>, which is not in an alert.</exception>
    public WebhookPayload Read()
    {
        var payload = new WebhookPayload();
        _json.Read();
        Require(JsonTokenType.StartObject);
        while (NextField())
        {
            if (_json.ValueTextEquals("version"u8))
                payload.Version = Text("version");
            else if (_json.ValueTextEquals("alerts"u8))
                payload.Alerts = Alerts(payload.Problems);
            else if (_json.ValueTextEquals("truncatedAlerts"u8))
                payload.TruncatedAlerts = Number("truncatedAlerts");
            else
                _json.Skip();
        }

        // Throws when something follows.
        _json.Read();
        return payload;
    }

    private List<WebhookAlert>? Alerts(AlertProblems problems)
    {
        if (!TryEnter("alerts", "must be a list", JsonTokenType.StartArray))
            return null;
        var alerts = new List<WebhookAlert>(1);
        for (_field = null; _json.Read() && _json.TokenType != JsonTokenType.EndArray;)
        {
            _alert++;
            var depth = _json.CurrentDepth;
            try
            {
                var alert = Alert();
                if (alert.Problem is { } problem)
                    problems.Add($"alerts[{_alert}].{problem}");
                else
                    alerts.Add(alert);
            }
            catch (InvalidOperationException)
            {
                problems.Add($"{Field}: {Expected}");
                Leave(depth);
            }
        }

        _alert = -1;
        return alerts;
    }

    private WebhookAlert Alert()
    {
        _expected = AnObject;
        Require(JsonTokenType.StartObject);
        var alert = new WebhookAlert();
        while (NextField())
        {
            if (_json.ValueTextEquals("status"u8))
                alert.Status = Text("status");
            else if (_json.ValueTextEquals("labels"u8))
                alert.Labels = Labels("labels", UsualLabels);
            else if (_json.ValueTextEquals("annotations"u8))
                alert.Annotations = Labels("annotations", UsualAnnotations);
            else if (_json.ValueTextEquals("startsAt"u8))
                alert.StartsAt = Time("startsAt");
            else if (_json.ValueTextEquals("fingerprint"u8))
                alert.Fingerprint = Text("fingerprint");
            else if (_json.ValueTextEquals("values"u8))
                alert.Values = Values();
            else
                _json.Skip();
        }

        return alert;
    }

    /// <summary>Goes to the end of the value that began at <paramref name="depth"/>.</summary>
    private void Leave(int depth)
    {
        while (_json.CurrentDepth > depth)
            _json.Read();
        _json.Skip();
    }

    private bool NextField()
    {
        _field = null;
        return _json.Read() && _json.TokenType != JsonTokenType.EndObject;
    }

    private string? Text(string field)
    {
        Enter(field, AText);
        return TextPool.Get(ref _json);
    }

    private long? Number(string field)
    {
        Enter(field, "must be a whole number");
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.Number);
        return _json.TryGetInt64(out var number) ? number : throw new InvalidOperationException();
    }

    private long Time(string field)
    {
        Enter(field, "must be an RFC 3339 time");
        return Rfc3339.TryGet(ref _json, out var time) ? time : throw new InvalidOperationException();
    }

    private LabelSet? Labels(string field, int usual)
    {
        if (!TryEnter(field, Texts, JsonTokenType.StartObject))
            return null;
        var pairs = new List<KeyValuePair<string, string>>(usual);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            var name = TextPool.Get(ref _json)!;
            _json.Read();
            if (TextPool.Get(ref _json) is { } value)
                pairs.Add(new(name, value));
        }

        return new LabelSet(pairs);
    }

    private QueryValues? Values()
    {
        Enter("values", AnObject);
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return null;
        }

        var values = new List<KeyValuePair<string, double>>(2);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            var query = TextPool.Get(ref _json)!;
            _json.Read();
            if (_json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out var value))
                values.Add(new(query, value));
            else
                _json.Skip();
        }

        return new QueryValues(values);
    }

    private void Enter(string field, string expected)
    {
        (_field, _expected) = (field, expected);
        _json.Read();
    }

    /// <returns>False: the value is null.</returns>
    private bool TryEnter(string field, string expected, JsonTokenType start)
    {
        Enter(field, expected);
        if (_json.TokenType == JsonTokenType.Null)
            return false;
        Require(start);
        return true;
    }

    private readonly void Require(JsonTokenType type)
    {
        if (_json.TokenType != type)
            throw new InvalidOperationException();
    }
}
