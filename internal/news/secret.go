package news

import "log/slog"

// redacted stands wherever a Secret would be shown.
const redacted = "(secret)"

// A Secret is a value that only the request it is for may carry. However it is
// printed, logged or written as JSON, it shows nothing of itself.
type Secret string

// Reveal returns the secret, for the wire alone.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// MarshalText implements encoding.TextMarshaler, for JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// A Field is a request header field that an operator gave a Source.
type Field struct {
	Name  string
	Value Secret
}
