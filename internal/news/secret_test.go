package news

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const password = "hunter2-ünd-mehr"

// shows reports what of the password a text gives away.
func shows(text string) string {
	for what, form := range map[string]string{
		"itself": password, "its start": password[:6], "escapes": `hunter2-\u00fc`,
		"hexadecimal": hex.EncodeToString([]byte(password))[:12], "base64": base64.StdEncoding.EncodeToString([]byte(password))[:8],
		"bytes": "104 117 110", "listed bytes": "0x68, 0x75",
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return what
		}
	}
	return ""
}

// secrets are a secret by itself and in everything that holds one.
func secrets() map[string]any {
	s := Secret(password)
	field := Field{Name: "Authorization", Value: s}
	return map[string]any{
		"secret":           s,
		"pointer":          &s,
		"field":            field,
		"list":             []Secret{s},
		"array":            [1]Secret{s},
		"map":              map[string]Secret{"a": s},
		"any":              []any{s, &s, field},
		"source":           Source{ID: "a", Headers: []Field{field}, User: "reader", Password: s},
		"source's pointer": &Source{ID: "a", Headers: []Field{field}, User: "reader", Password: s},
		"subscription":     Subscription{Source: "a", Key: s},
		"error":            fmt.Errorf("ask with %v: %w", field, errors.New("no")),
	}
}

// TestSecretPrinted: no way of printing shows a secret, and something stands in its
// place.
func TestSecretPrinted(t *testing.T) {
	for name, v := range secrets() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%#q", "%x", "%X", "% x", "%#x", "%10.3s", "%-20v", "%d", "%t", "%c"} {
			if got := fmt.Sprintf(verb, v); shows(got) != "" {
				t.Errorf("%s of a %s shows %s: %s", verb, name, shows(got), got)
			}
		}
		for _, got := range []string{fmt.Sprint(v), fmt.Sprintln(v)} {
			if shows(got) != "" {
				t.Errorf("print of a %s shows %s: %s", name, shows(got), got)
			}
		}
	}
	for verb, want := range map[string]string{"%v": redacted, "%+v": redacted, "%#v": redacted, "%s": redacted, "%q": redacted, "%d": redacted, "%t": redacted} {
		if got := fmt.Sprintf(verb, Secret(password)); got != want {
			t.Errorf("%s: %s, want %s", verb, got, want)
		}
	}
	if got := fmt.Sprintf("%+v", Source{Password: password}); !strings.Contains(got, "Password:"+redacted) {
		t.Errorf("a source prints as %s", got)
	}
}

// TestSecretWritten: nor does any form it is written in.
func TestSecretWritten(t *testing.T) {
	for name, v := range secrets() {
		if got, err := json.Marshal(v); err != nil || shows(string(got)) != "" {
			t.Errorf("JSON of a %s shows %s: %s %v", name, shows(string(got)), got, err)
		}
		if got, err := json.MarshalIndent(map[string]any{"in": v}, "", " "); err != nil || shows(string(got)) != "" {
			t.Errorf("JSON with a %s shows %s: %s %v", name, shows(string(got)), got, err)
		}
	}
	type element struct {
		Attribute Secret `xml:"attribute,attr"`
		Child     Secret
	}
	if got, err := xml.Marshal(element{password, password}); err != nil || shows(string(got)) != "" {
		t.Errorf("XML shows %s: %s %v", shows(string(got)), got, err)
	}
}

// TestSecretLogged: nor does a log.
func TestSecretLogged(t *testing.T) {
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		for name, v := range secrets() {
			var b bytes.Buffer
			log := slog.New(handler(&b))
			log.Info("a", "v", v)
			log.With("v", v).WithGroup("g").Info("b", slog.Group("h", "v", v), slog.Any("w", []any{v}))
			if shows(b.String()) != "" || !strings.Contains(b.String(), redacted) && name != "pointer" && name != "any" {
				t.Errorf("a log of a %s shows %q: %s", name, shows(b.String()), &b)
			}
		}
	}
}

func TestSecretRevealed(t *testing.T) {
	if s := Secret(password); s.Reveal() != password {
		t.Errorf("the secret is %s", s.Reveal())
	}
}

// TestSecretTest: shows finds what it looks for.
func TestSecretTest(t *testing.T) {
	for _, verb := range []string{"%s", "%q", "%+q", "%x", "%X", "%v"} {
		if got := fmt.Sprintf(verb, password); shows(got) == "" {
			t.Errorf("%s of the password passes: %s", verb, got)
		}
	}
	for _, verb := range []string{"%v", "%#v", "%x"} {
		if got := fmt.Sprintf(verb, []byte(password)); shows(got) == "" {
			t.Errorf("%s of its bytes passes: %s", verb, got)
		}
	}
	if got, err := json.Marshal([]byte(password)); err != nil || shows(string(got)) == "" {
		t.Errorf("JSON of its bytes passes: %s %v", got, err)
	}
}
