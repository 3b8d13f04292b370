package config

import (
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rightswire/internal/news"
)

const (
	// maxCredential bounds the text of a file or variable in bytes: few servers take
	// more in a request.
	maxCredential = 16 << 10
	maxFields     = 50
)

var (
	fieldNames  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") // RFC 9110 section 5.6.2
	fieldValues = regexp.MustCompile(`^[\t -~]+$`)
	controls    = regexp.MustCompile(`[\x00-\x1f\x7f]`)
)

// refusedFields are request headers that no source may be given, by reason; a * at
// the end matches every ending, and _ is the same as -. Cookie and Authorization are
// none of them: they are how many sources know their readers.
var refusedFields = []struct {
	names []string
	why   string
}{
	{[]string{"user-agent"}, "use user_agent"},
	{[]string{
		"host", "content-*", "expect", "range", "if-*", "accept-encoding", "a-im", "max-forwards",
		"x-http-method*", "x-method-override",
	}, "each request says it for itself"},
	{[]string{
		"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings", "proxy-*",
	}, "it is about the connection"},
	{[]string{"referer", "origin", "sec-*"}, "only browsers say it"},
	// What a proxy tells the server behind it of who asks. The guard keeps requests
	// from our own pages; a page of somebody else in an allowed network would believe
	// such a header, and let whoever edits feeds.yaml in as anybody.
	{[]string{
		"forwarded", "via", "x-forwarded-*", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip",
		"remote-*", "x-remote-*", "x-webauth-*", "x-authenticated-*", "x-auth-request-*", "x-original-*", "x-rewrite-url",
		"x-goog-authenticated-*", "x-ms-client-principal*", "tailscale-user-*",
	}, "only a proxy may say it to the server behind it"},
}

// refusal says why a header may not be set, or "".
func refusal(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	matches := func(pattern string) bool {
		start, open := strings.CutSuffix(pattern, "*")
		return name == pattern || open && strings.HasPrefix(name, start)
	}
	for _, refused := range refusedFields {
		if slices.ContainsFunc(refused.names, matches) {
			return refused.why
		}
	}
	return ""
}

// credentials gives a source what is sent to it alone. No problem repeats any of it.
func (d *decoder) credentials(k *sourceKeys, s *news.Source) {
	path := fmt.Sprintf("source %q: ", s.ID)
	if text, key, at := d.secret(path, "headers", k.HeadersFile, k.HeadersEnv); at != nil {
		fields, err := readFields(text)
		if err != nil {
			d.report(d.place(at), "", "%s%s: %v", path, key, err)
		}
		s.Headers = fields
	}
	if text, key, at := d.secret(path, "auth", k.AuthFile, k.AuthEnv); at != nil {
		user, password, err := readAuth(text)
		if err != nil {
			d.report(d.place(at), "", "%s%s: %v", path, key, err)
		}
		if slices.ContainsFunc(s.Headers, func(f news.Field) bool { return f.Name == "Authorization" }) {
			d.report(d.place(at), "leave one out", "%s%s: its headers have Authorization already", path, key)
		}
		s.User, s.Password = user, news.Secret(password)
	}
	s.Private = len(s.Headers) > 0 || s.User != ""
}

// secret returns the text of a file or an environment variable, and the key that
// names it with its place; nil where there is none, or none that can be read.
func (d *decoder) secret(path, of string, file, env value[string]) (text, key string, at ast.Node) {
	switch {
	case file.v != "" && env.v != "":
		d.report(d.place(env.at), "leave one out", "%s%s_env: there is %s_file too", path, of, of)
		return "", "", nil
	case file.v != "":
		key, at = of+"_file", file.at
		src, err := read(file.v, maxCredential)
		if err != nil {
			d.report(d.place(at), "", "%s%s: %s cannot be read: %v", path, key, quote(file.v), err)
			return "", "", nil
		}
		text = string(src)
	case env.v != "":
		key, at = of+"_env", env.at
		text = os.Getenv(env.v)
		if text == "" {
			d.report(d.place(at), "whatever reads this file needs it", "%s%s: the environment has no %s", path, key, env.v)
			return "", "", nil
		}
	}
	if len(text) > maxCredential {
		d.report(d.place(at), "", "%s%s: its text is longer than %d bytes", path, key, maxCredential)
		return "", "", nil
	}
	return strings.TrimPrefix(text, "\ufeff"), key, at
}

// readFields reads request headers, one a line.
func readFields(text string) ([]news.Field, error) {
	var fields []news.Field
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		f, err := readField(line)
		if err == nil && slices.ContainsFunc(fields, func(g news.Field) bool { return g.Name == f.Name }) {
			err = errors.New("has the name of a header before it")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d %w", i+1, err)
		}
		if fields = append(fields, f); len(fields) > maxFields {
			return nil, fmt.Errorf("has more than %d headers", maxFields)
		}
	}
	if len(fields) == 0 {
		return nil, errors.New("has no header")
	}
	return fields, nil
}

// readField reads one header. A name is repeated only where it is a known one: what
// is malformed may be the secret.
func readField(line string) (news.Field, error) {
	name, value, found := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	why := refusal(name)
	switch {
	case !found || !fieldNames.MatchString(name):
		return news.Field{}, errors.New(`is not "Name: value"`)
	case why != "":
		return news.Field{}, fmt.Errorf("sets %s, which is not allowed: %s", textproto.CanonicalMIMEHeaderKey(name), why)
	case value == "":
		return news.Field{}, errors.New("has no value")
	case !fieldValues.MatchString(value):
		return news.Field{}, errors.New("has a value with other than printable ASCII characters")
	}
	return news.Field{Name: textproto.CanonicalMIMEHeaderKey(name), Value: news.Secret(value)}, nil
}

// readAuth reads user:password (RFC 7617). Blanks are part of them.
func readAuth(text string) (user, password string, err error) {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	user, password, found := strings.Cut(text, ":")
	switch {
	case strings.ContainsAny(text, "\r\n"):
		return "", "", errors.New("has more than one line")
	case !found || user == "":
		return "", "", errors.New("is not user:password")
	case strings.ToValidUTF8(text, "") != text || controls.MatchString(text):
		return "", "", errors.New("has control characters or is not UTF-8")
	}
	return user, password, nil
}
