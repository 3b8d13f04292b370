package news

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands wherever a Secret would be shown.
const redacted = "(secret)"

// A Secret is a value that only the request it is for may carry. However it is
// printed, logged or written as JSON, it shows nothing of itself.
type Secret string

// Reveal returns the secret, for the wire alone.
func (s Secret) Reveal() string { return string(s) }

// Format implements fmt.Formatter: no verb shows the secret, not
// even a wrong one; but for %p, which asks nobody.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText implements encoding.TextMarshaler, for JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// A Field is a request header field that an operator gave a Source.
type Field struct {
	Name  string
	Value Secret
}
