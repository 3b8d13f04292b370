package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

const hush = "sesame" // in every secret of these tests

// What is wrong with the text of a file or a variable is said at its key, and shows
// nothing of it.
func TestBadCredentials(t *testing.T) {
	for _, c := range []struct{ key, text, want string }{
		{"headers", "", "has no header"},
		{"headers", "# sesame\n\n", "has no header"},
		{"headers", "open-sesame", `line 1 is not "Name: value"`},
		{"headers", "\n# x\nopen sesame: x\n", `line 3 is not "Name: value"`},
		{"headers", "Cookie: a\n  b: sesame\n", `line 2 is not "Name: value"`},
		{"headers", "Sésame: x", `line 1 is not "Name: value"`},
		{"headers", "X-Sesame:\n", "line 1 has no value"},
		{"headers", "X-A: sésame", "line 1 has a value with other than printable ASCII characters"},
		{"headers", "X-A: a\rsesame", "line 1 has a value with other than printable ASCII characters"},
		{"headers", "X-Sesame: a\nX-A: b\nx-sesame: c", "line 3 has the name of a header before it"},
		{"headers", "host: sesame", "line 1 sets Host, which is not allowed: each request says it for itself"},
		{"headers", "User-agent: sesame", "line 1 sets User-Agent, which is not allowed: use user_agent"},
		{"headers", "Proxy-Authorization: sesame", "line 1 sets Proxy-Authorization, which is not allowed: it is about the connection"},
		{"headers", "REMOTE_USER: sesame", "line 1 sets Remote_user, which is not allowed: only a proxy may say it to the server behind it"},
		{"headers", strings.Repeat("# sesame\n", 2000), "its text is longer than 16384 bytes"},
		{"headers", manyHeaders(51), "has more than 50 headers"},
		{"auth", "", "is not user:password"},
		{"auth", "sesame", "is not user:password"},
		{"auth", ":sesame", "is not user:password"},
		{"auth", "wire:sesame\nwire:sesame\n", "has more than one line"},
		{"auth", "wire:sesame\n\n", "has more than one line"},
		{"auth", "wire:ses\tame", "has control characters or is not UTF-8"},
		{"auth", "wire:\xe9sesame", "has control characters or is not UTF-8"},
		{"auth", strings.Repeat("sesame", 4000), "its text is longer than 16384 bytes"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "x"), c.text, 0o600)
		t.Setenv("WIRE_X", c.text)
		for _, kind := range []string{"_file: x", "_env: WIRE_X"} {
			key := c.key + strings.Split(kind, ":")[0]
			if kind == "_env: WIRE_X" && c.text == "" {
				c.want = "the environment has no WIRE_X"
			}
			_, err := Parse(filepath.Join(dir, "feeds.yaml"), []byte("sources:\n- id: a\n  "+c.key+kind+"\n  url: https://a.example/\n"))
			invalid, ok := errors.AsType[*Invalid](err)
			if !ok || len(invalid.Problems) != 1 {
				t.Errorf("%s of %.60q: %v", key, c.text, err)
				continue
			}
			p := invalid.Problems[0]
			if p.Msg != fmt.Sprintf(`source "a": %s: %s`, key, c.want) || p.Line != 3 || p.Column != len(key)+5 {
				t.Errorf("%s of %.60q: %s, want %s", key, c.text, p, c.want)
			}
			if strings.Contains(strings.ToLower(err.Error()), hush) {
				t.Errorf("the problem shows the secret: %v", err)
			}
		}
	}
}

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: sesame\n", i)
	}
	return b.String()
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedHeaders(t *testing.T) {
	for name, refused := range map[string]bool{
		"Cookie": false, "Authorization": false, "X-Api-Key": false, "Accept": false, "Accept-Language": false, "Cache-Control": false,
		"CF-Access-Client-Id": false, "PRIVATE-TOKEN": false, "From": false, "Ifx": false,
		"Host": true, "Content-Length": true, "content-type": true, "Connection": true, "Transfer-Encoding": true, "TE": true,
		"Upgrade": true, "Keep-Alive": true, "Proxy-Authorization": true, "Proxy-Connection": true, "Referer": true, "Range": true,
		"If-None-Match": true, "If-Modified-Since": true, "Accept-Encoding": true, "User-Agent": true, "Expect": true, "A-IM": true,
		"Remote-User": true, "Remote_User": true, "X-Forwarded-For": true, "X-Forwarded-User": true, "Forwarded": true,
		"X-Real-IP": true, "X-Webauth-User": true, "X-HTTP-Method-Override": true, "Sec-Fetch-Site": true,
	} {
		if got := refusal(name) != ""; got != refused {
			t.Errorf("%s is refused: %v", name, got)
		}
	}
}

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "both"), "\ufeffAuthorization: Bearer sesame\r\n", 0o640)
	write(t, filepath.Join(dir, "auth"), "\ufeffwïre:sesame: #1\r\n", 0o600)
	c, err := Parse(filepath.Join(dir, "feeds.yaml"), []byte(`sources:
- {id: h, url: https://h.example/, headers_file: both}
- {id: a, url: https://a.example/, auth_file: auth}
- {id: again, url: https://again.example/, auth_file: ./auth}
- {id: u, url: "https://u.example/feed?api_key=open-sesame"}
- {id: none, url: https://none.example/, headers_file: "", auth_env: ""}
`))
	if err != nil {
		t.Fatal(err)
	}
	h, a, u, none := c.Sources[0], c.Sources[1], c.Sources[3], c.Sources[4]
	if !h.Private || !slices.Equal(h.Headers, []news.Field{{Name: "Authorization", Value: "Bearer sesame"}}) {
		t.Errorf("headers: %+v", h.Headers)
	}
	if !a.Private || a.User != "wïre" || a.Password.Reveal() != "sesame: #1" {
		t.Errorf("auth: %q %q", a.User, a.Password.Reveal())
	}
	if !u.Private || none.Private {
		t.Error("what is private is not, or what is not is")
	}
	if want := []string{filepath.Join(dir, "both"), filepath.Join(dir, "auth")}; !slices.Equal(c.Files, want) {
		t.Errorf("files %q, want %q", c.Files, want)
	}
	told := Notice{c.Path, 5, 16, `source "u": url: its address holds a secret: it is left out of what is published`}
	if !slices.Contains(c.Notices, told) {
		t.Errorf("notices %v, want %v", c.Notices, told)
	}
	if s := fmt.Sprintf("%v %+v %#v %v", h.Headers, a, a.Password, c.Notices); strings.Contains(s, hush) {
		t.Errorf("a secret is printed: %s", s)
	}
}

// Whoever mends a secret file has it read again, though nothing in feeds.yaml changed.
func TestFilesOfInvalid(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "open"), "a:b", 0o644)
	_, err := Parse(filepath.Join(dir, "feeds.yaml"), []byte(`sources:
- {id: a, url: https://a.example/, headers_file: missing, auth_file: open}
`))
	invalid, ok := errors.AsType[*Invalid](err)
	if !ok || !slices.Equal(invalid.Files, []string{filepath.Join(dir, "missing"), filepath.Join(dir, "open")}) {
		t.Errorf("files of %v", err)
	}
}

func TestTwoAuthorizations(t *testing.T) {
	t.Setenv("WIRE_H", "authorization: Bearer sesame")
	t.Setenv("WIRE_A", "wire:sesame")
	_, err := Parse("feeds.yaml", []byte("sources:\n- {id: a, url: https://a.example/, headers_env: WIRE_H, auth_env: WIRE_A}\n"))
	if err == nil || !strings.Contains(err.Error(), `auth_env: its headers have Authorization already (leave one out)`) {
		t.Error(err)
	}
}

// No problem shows the secret of a URL, wherever on the line it is found, and its
// caret stays below what it is about.
func TestConceal(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`- {id: a, url: "https://a.example/f?token=open-sesame", kind: ^blog}`, `- {id: a, url: "https://a.example/…", kind: ^blog}`},
		{`- {id: a,url: 'https://a.example/f?token=open-sesame',kind: ^blog}`, `- {id: a,url: 'https://a.example/…',kind: ^blog}`},
		{`- {kind: ^blog, url: https://wire:sesame@a.example:8443/f}`, `- {kind: ^blog, url: https://a.example:8443/…}`},
		{`url: ^http://wire:sesame@a.example/f # http://b.example/?pass=sesame`, `url: ^http://a.example/… # http://b.example/…`},
		{`url: http://a.example/?token=^sesame`, `url: ^http://a.example/…`},
		{`url: ^a.example/f?token=sesame`, `url: ^…`},
		{`한국 url: socks5h://wire:sesame@[::1]:9050 ^x`, `한국 url: … ^x`},
		{`url: ^https://a.example/f?id=1#token`, `url: ^https://a.example/f?id=1#token`},
		{`when: ^title matches "(?i)token"`, `when: ^title matches "(?i)token"`},
	} {
		before, after, _ := strings.Cut(c.line, "^")
		got, column := conceal(before+after, len([]rune(before)))
		runes := []rune(got)
		if got = string(runes[:column]) + "^" + string(runes[column:]); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.line, got, c.want)
		}
	}
}
