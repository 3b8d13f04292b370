package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"rightswire/internal/news"
)

const shippedFile = "../../feeds.yaml"

func TestDefaults(t *testing.T) {
	c, err := Parse("/srv/wire/feeds.yaml", []byte("sources:\n- {id: a, url: https://a.example/feed}\nchannels: [{id: x}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Vocabulary == nil || c.Rules == nil || c.Rules.Source("a") == nil || c.Rules.Channel("x") == nil || c.Rules.Source(news.DeskSource) == nil {
		t.Fatal("no compiled rules")
	}
	c.Vocabulary, c.Rules, c.Notices = nil, nil, nil
	want := &Config{
		Path: "/srv/wire/feeds.yaml",
		Site: news.Site{
			Title: "Rightswire", URL: "http://127.0.0.1:8080", ID: "rights.example.org,2026", Contact: "desk@example.org",
			Language: "en", Location: time.UTC, Review: news.ReviewAuto,
		},
		Server: Server{Listen: []string{"127.0.0.1:8080"}, Desk: []string{"127.0.0.1:8081"}, Cache: 64e6},
		Data:   "/srv/wire/data", Search: true, WebSub: WebSub{Hub: "own"},
		Fetch: Fetch{
			Interval: news.Interval{Min: time.Hour, Max: 24 * time.Hour}, Scheduler: true, Timeout: 30 * time.Second,
			MaxBody: 8e6, Memory: 64e6, Concurrency: 256, HostConcurrency: 1, HostGap: time.Second,
		},
		Sources: []news.Source{{
			ID: "a", Title: "a", URL: "https://a.example/feed", Org: "a", Review: news.ReviewAuto, Poll: true, Page: news.PageAuto,
		}},
		Channels: []news.Channel{{ID: "x", Title: "x", Language: "en", Review: news.ReviewAuto, Limit: 50}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestEveryKey(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("WIRE_HEADERS", "Authorization: Bearer open-sesame")
	for name, text := range map[string]string{
		"cert": "", "key": "", "headers": "# of the wire\n\nx-api-key:\topen sesame \r\nCookie: a=b; c=d\n", "auth": "wire:a:b \n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src, err := os.ReadFile("testdata/every-key.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "feeds.yaml"), src)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Vocabulary.Has("land-rights") || c.Vocabulary.Label("land-rights", "es") != "Tierra" ||
		c.Vocabulary.Label("torture", "en") != "Torture, all of it" || c.Vocabulary.Label("torture", "ko") == "torture" {
		t.Error("topics are not merged into the vocabulary")
	}
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	notices := c.Notices
	c.Vocabulary, c.Rules, c.Notices, c.Path = nil, nil, nil, ""
	want := &Config{
		Site: news.Site{
			Title: "Wire & desk", URL: "https://wire.example.org/news", ID: "wire.example.org,2026-11", Contact: "https://wire.example.org/contact",
			Language: "ko", Location: seoul, Review: news.ReviewManual,
		},
		Server: Server{
			Listen: []string{":0", "[::1]:8080"}, Desk: []string{"localhost:9000"}, Cache: 1 << 20,
			TLSCert: filepath.Join(dir, "cert"), TLSKey: filepath.Join(dir, "key"), Group: "root",
		},
		Data: "/var/lib/rightswire", Retain: Retain{Unpublished: 365 * 24 * time.Hour}, WebSub: WebSub{true, "https://hub.example/"},
		Fetch: Fetch{
			Interval: news.Interval{Min: 90 * time.Minute, Max: 36 * time.Hour}, Timeout: 10 * time.Second,
			MaxBody: 4000, Memory: 1.5e9, Concurrency: 8, HostConcurrency: 2,
			AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
			AllowPorts:    []int{8080}, Proxy: "http://127.0.0.1:3128",
		},
		Sources: []news.Source{{
			ID: "a-1", Formerly: []news.SourceID{"old", "older"}, Title: "A – one", URL: "https://a.example/feed?id=1",
			Language: "zh-Hans", Countries: []news.Country{"NO", "XK"}, Kind: news.KindGovMedia, Org: "a", Review: news.ReviewAuto,
			Rights: news.Rights{Full: true, Statement: "CC BY 3.0"}, ExpectEvery: 36 * time.Hour, Skip: `title == "it's"`,
			Page: news.PageFalse, Selector: "main > article", UserAgent: "Wire/1",
			Interval: news.Interval{Min: 2 * time.Hour}, Timeout: time.Minute,
			Headers: []news.Field{{Name: "X-Api-Key", Value: "open sesame"}, {Name: "Cookie", Value: "a=b; c=d"}},
			User:    "wire", Password: "a:b ", Private: true,
			Proxy: "socks5h://127.0.0.1:9050",
		}, {
			ID: "b", Title: "b", URL: "http://b.onion/feed", Org: "b", Review: news.ReviewManual, Poll: true, Page: news.PageTrue,
			Headers: []news.Field{{Name: "Authorization", Value: "Bearer open-sesame"}}, Private: true,
			Proxy: "socks5h://127.0.0.1:9050",
		}},
		Channels: []news.Channel{{
			ID: "x", Title: "X", Description: "Two\n\nparagraphs.", Language: "fa", Topics: []news.TopicID{"land-rights", "torture"},
			Countries: []news.Country{"KP"}, Sources: []news.SourceID{"a-1", "desk"}, Languages: []string{"zh", "ko"},
			When: `"KP" in countries`, Review: news.ReviewAuto, OnePerStory: true, Limit: 1000000,
			Examples: []string{"https://a.example/1"},
		}},
		Files: []string{filepath.Join(dir, "headers"), filepath.Join(dir, "auth")},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	var got []string
	for _, n := range notices {
		if n.Line == 0 || n.Column == 0 {
			t.Errorf("%s has no place", n)
		}
		key, ok := strings.CutSuffix(n.Msg, " is without effect yet")
		if !ok {
			t.Errorf("unexpected notice %s", n)
		}
		got = append(got, key)
	}
	without := []string{
		"server.tls.cert", "server.tls.key", "search", "websub.hub",
		`source "a-1": page`, `source "a-1": selector`, `source "b": page`,
		`topic "land-rights": strong`, `topic "land-rights": weak`, `topic "land-rights": not`, `topic "land-rights": xref`,
		`channel "x": one_per_story`, `channel "x": examples`,
	}
	if !slices.Equal(got, without) {
		t.Errorf("notices\n%q\nwant\n%q", got, without)
	}
}

// Hubs push to a public address or not at all.
func TestCallbackOutOfReach(t *testing.T) {
	for url, want := range map[string]int{"http://127.0.0.1:8080": 1, "http://wire.local:99": 1, "https://wire.example.org": 0} {
		c, err := Parse("f.yaml", []byte("site: {id: 'wire.example,2026', contact: a@wire.example, url: '"+url+"'}\nwebsub: {callback: true}\nsources: [{id: a, url: 'https://a.example/feed'}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Notices) != want || want > 0 && !strings.Contains(c.Notices[0].Msg, "no hub can push to site.url") {
			t.Errorf("%s: notices %q", url, c.Notices)
		}
	}
}

// The shipped file loads, and says what a newswire for human rights needs.
func TestShipped(t *testing.T) {
	c, err := Load(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) < 110 || len(c.Channels) < 12 {
		t.Errorf("%d sources, %d channels", len(c.Sources), len(c.Channels))
	}
	var about []string
	for _, n := range c.Notices {
		about = append(about, strings.Fields(n.Msg)[0])
	}
	if !slices.Equal(about, []string{"site.id", "site.contact"}) {
		t.Errorf("notices about %q", about)
	}
	for _, s := range c.Sources {
		if s.Language == "" || s.Kind == "" || s.ExpectEvery == 0 || !strings.HasPrefix(s.URL, "https://") {
			t.Errorf("source %s lacks something: %+v", s.ID, s)
		}
		if s.Rights.Full && !strings.Contains(s.Rights.Statement, "stated at") {
			t.Errorf("source %s does not say where its rights are stated", s.ID)
		}
	}
	for _, ch := range c.Channels {
		if ch.Title == string(ch.ID) || ch.Description == "" {
			t.Errorf("channel %s has no title or description", ch.ID)
		}
	}
}

// Whoever uncomments a source of the shipped file gets a valid one.
func TestShippedUncommented(t *testing.T) {
	src, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.ReplaceAll(string(src), "\n  # - {id:", "\n  - {id:")
	if c, err := Parse(shippedFile, []byte(all)); err != nil || len(c.Sources) < 125 {
		t.Errorf("with every source: %v", err)
	}
}

// The decoder relies on the library's positions: each scalar of the shipped file
// has to stand where its token says.
func TestPositions(t *testing.T) {
	src, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder("feeds.yaml", "/", src)
	scalars := 0
	inside := map[ast.Node]bool{} // texts of block scalars: only the start of these is relied on
	ast.Walk(visitor(func(n ast.Node) {
		if block, ok := n.(*ast.LiteralNode); ok {
			inside[block.Value] = true
		}
		s, ok := n.(*ast.StringNode)
		if !ok || inside[n] {
			return
		}
		scalars++
		at := d.place(n)
		rest := string([]rune(d.line(at.line))[at.column-1:])
		if s.Token.Type != token.StringType {
			rest = rest[1:]
		}
		first, _, _ := strings.Cut(s.Value, "'")
		if !strings.HasPrefix(rest, first) {
			t.Errorf("%q is said to be at %d:%d, where %q is", s.Value, at.line, at.column, rest)
		}
	}), d.parse())
	if scalars < 1000 {
		t.Errorf("looked at %d scalars only", scalars)
	}
}

type visitor func(ast.Node)

func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "feeds.yaml"): "no such file (`rightswire demo`",
		dir:                              "cannot be read: is a directory",
	} {
		_, err := Load(path)
		invalid, ok := errors.AsType[*Invalid](err)
		if !ok || !strings.HasPrefix(err.Error(), path+": "+want) || len(invalid.Problems) != 1 {
			t.Errorf("Load(%s) = %v, want %s", path, err, want)
		}
	}
	if os.Getuid() == 0 {
		return // root may read every file
	}
	path := filepath.Join(dir, "closed.yaml")
	if err := os.WriteFile(path, []byte("site: {}"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("Load of a file that may not be read: %v", err)
	}
}

// What looks odd and is fine.
func TestAccepted(t *testing.T) {
	for name, src := range map[string]string{
		"byte order mark": "\ufeffsite: {title: x}\n",
		"CRLF":            "site:\r\n  title: x\r\nchannels:\r\n  - id: x\r\n    when: |\r\n      title == \"a\"\r\n",
		"document marks":  "---\nsite: {title: x}\n...\n",
		"nothing below":   "site:\nserver:\n  tls:\nsources:\n# - {id: a}\nchannels: []\n",
		"JSON":            `{"site": {"title": "x"}, "sources": [{"id": "a", "url": "https://a.example/"}]}`,
		"one not listed":  "sources:\n- {id: a, url: 'https://a.example/', countries: KP, formerly: b}\n",
		"near URLs":       "sources:\n- {id: a, url: 'https://a.example/?f=1'}\n- {id: b, url: 'https://a.example/?f=2'}\n",
		"zeroes":          "server: {cache: 0}\nfetch: {per_host: {gap: 0}}\n",
		"quoted hash":     "channels:\n- {id: x, when: 'any(countries, # in [\"KP\", \"CN\"])'}\n",
		"no desk":         "server: {desk: [], listen: '127.0.0.1:8081'}\n",
		"escaped text":    `site: {title: "a\tb\u00e9"}`,
	} {
		if _, err := Parse("feeds.yaml", []byte(src)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"1d": 24 * time.Hour, "1.5d": 36 * time.Hour, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "0": 0, "2d0s": 48 * time.Hour,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "d", "1", "1w", "1d-2h", "1d2", "999999d", "106751d23h99h", "1h1d", "١d"} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("parseDuration(%q) = %v", s, got)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	src, err := os.ReadFile(shippedFile)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("feeds.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}
