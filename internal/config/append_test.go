package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"rightswire/internal/news"
)

var (
	kp = Draft{
		ID: "kp", Title: "KP: news", URL: "https://kp.example/feed?a=1", Language: "ko", Kind: news.KindMedia,
		Countries: []news.Country{"KP", "NO"}, Poll: true, Comment: "found at\nhttps://kp.example/",
	}
	no = Draft{ID: "no", URL: "https://no.example", Title: "no"}
)

// appendTo writes a file, adds drafts to it and returns what it holds then.
func appendTo(t *testing.T, src string, drafts ...Draft) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	write(t, path, src, 0o640)
	err := Append(path, drafts)
	got, readErr := os.ReadFile(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
	return string(got), err
}

const (
	lines  = "- id: kp\n  title: 'KP: news'\n  url: https://kp.example/feed?a=1\n  language: ko\n  countries: [KP, 'NO']\n  kind: media\n"
	braces = "- {id: kp, title: 'KP: news', url: 'https://kp.example/feed?a=1', language: ko, countries: [KP, 'NO'], kind: media} # found at https://kp.example/\n"
	remark = "# found at https://kp.example/\n"
)

// indent puts blanks before each line.
func indent(n int, lines string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.TrimSuffix(strings.ReplaceAll(lines, "\n", "\n"+pad), pad)
}

// In each case, what is added stands where %s is.
func TestAppend(t *testing.T) {
	for name, c := range map[string]struct{ src, added string }{
		"block":         {"sources:\n- id: a\n  url: https://a.example/\n%s", remark + lines},
		"indented":      {"sources:\n    - id: a\n      url: https://a.example/\n%schannels: []\n", indent(4, remark+lines)},
		"braces":        {"sources:\n  - {id: a, url: 'https://a.example/'} # seen\n%s", "  " + braces},
		"spaced":        {"sources:\n- id: a\n  url: https://a.example/\n\n- id: b\n  url: https://b.example/\n%s\nchannels: []\n", "\n" + remark + lines},
		"dash alone":    {"sources:\n  -\n    id: a\n    url: https://a.example/\n%stopics:\n", indent(2, remark+lines)},
		"folded braces": {"sources:\n  - {id: a,\n     url: 'https://a.example/' }\n%stopics:\n", "  " + braces},
		"before a comment of what follows": {
			"sources:\n  - {id: a, url: 'https://a.example/'}\n%s\n  # - {id: b, url: dead}\n\n# What goes out:\nchannels: []\n", "  " + braces,
		},
		"behind its own comment": {
			"sources:\n  - id: a\n    url: https://a.example/\n    # user_agent: Wire\n      # or another\n%s  # - id: b\nchannels: []\n", indent(2, remark+lines),
		},
		"behind a rule": {
			"sources:\n- id: a\n  url: https://a.example/\n  skip: |\n    any(countries,\n    # in ['KP'])\n%s# not of it\nchannels: []\n", remark + lines,
		},
		"behind a kept end": {
			"sources:\n- id: a\n  url: https://a.example/\n  skip: |+\n    title == 'a'\n%s\n\nchannels: []\n", remark + lines,
		},
		"behind a block without a break": {"sources:\n- id: a\n  url: https://a.example/\n  skip: |\n    title == 'a'%s", "\n" + remark + lines},
		"behind quotes": {
			"sources:\n- id: a\n  url: https://a.example/\n  title: \"in\n    # two\"\n%s# three\nchannels: []\n", remark + lines,
		},
		"null":             {"sources:\n%schannels: []\n", indent(2, remark+lines)},
		"null, commented":  {"sources: # none yet\n  # - {id: b}\n%s# - {id: c}\n\nchannels: []\n", indent(2, remark+lines)},
		"no key":           {"channels: []\n%s", "\nsources:\n" + indent(2, remark+lines)},
		"no key, no break": {"# x\nchannels: []%s", "\n\nsources:\n" + indent(2, remark+lines)},
		"no key, marks":    {"---\nchannels: []\n\n%s...\n# x\n", "sources:\n" + indent(2, remark+lines)},
		"no break":         {"sources:\n- id: a\n  url: https://a.example/%s", "\n" + remark + lines},
		"quoted key":       {"'sources':\n- id: a\n  url: https://a.example/\n%s\"channels\": []", remark + lines},
		"margin":           {"  channels: []\n  sources:\n    - id: a\n      url: https://a.example/\n%s", indent(4, remark+lines)},
		"byte order mark":  {"\ufeffsources:\n%s", indent(2, remark+lines)},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			src := strings.ReplaceAll(strings.Replace(c.src, "%s", "", 1), "\n", end)
			want := strings.ReplaceAll(strings.Replace(c.src, "%s", c.added, 1), "\n", end)
			if end == "\r\n" && !strings.Contains(src, end) {
				continue
			}
			got, err := appendTo(t, src, kp)
			if err != nil || got != want {
				t.Errorf("%s: %v\n%q, want\n%q", name, err, got, want)
			}
		}
	}
}

// A word for "none" makes room for what is added.
func TestAppendToNone(t *testing.T) {
	added := indent(2, remark+lines)
	for src, want := range map[string]string{
		"sources: []\nchannels: []\n":           "sources:\n" + added + "channels: []\n",
		"sources: [ ]  # none yet\n":            "sources:  # none yet\n" + added,
		"sources: ~\nchannels: []":              "sources:\n" + added + "channels: []",
		"sources: null # 한\n":                   "sources: # 한\n" + added,
		"topics: []\nsources:   []":             "topics: []\nsources:\n" + added,
		"site: {title: x}\r\nsources: []\r\n\n": "site: {title: x}\r\nsources:\r\n" + strings.ReplaceAll(added, "\n", "\r\n") + "\n",
	} {
		if got, err := appendTo(t, src, kp); err != nil || got != want {
			t.Errorf("%q: %v\n%q, want\n%q", src, err, got, want)
		}
	}
}

func TestAppendSeveral(t *testing.T) {
	got, err := appendTo(t, "sources:\n- {id: a, url: 'https://a.example/'}\n", kp, no)
	want := "sources:\n- {id: a, url: 'https://a.example/'}\n" + braces + "- {id: 'no', url: 'https://no.example/', poll: false}\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s, want\n%s", err, got, want)
	}
	if _, err = appendTo(t, "sources: oops\n"); err == nil {
		t.Error("nothing is added to a file that is not valid")
	}
	if got, err = appendTo(t, "channels: []"); err != nil || got != "channels: []" {
		t.Errorf("nothing added: %q, %v", got, err)
	}
}

// The shipped file takes a source below its last one.
func TestAppendShipped(t *testing.T) {
	src, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	got, err := appendTo(t, string(src), kp)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(got, "  "+braces)
	if at := strings.LastIndex(before, "\n  - {id: "); !found || strings.Count(before[at+1:], "\n") != 1 {
		t.Errorf("the entry is not right below the last one: …%s", before[len(before)-200:])
	}
	if strings.Replace(got, "  "+braces, "", 1) != string(src) {
		t.Error("something else changed")
	}
}

// What cannot be added changes nothing.
func TestAppendRefused(t *testing.T) {
	const a = "sources:\n- {id: a, url: 'https://www.a.example/', formerly: [old]}\n"
	with := func(change func(*Draft)) Draft {
		d := kp
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		src    string
		drafts []Draft
		want   string
	}{
		"invalid before": {"sources: [}", []Draft{kp}, "not YAML"},
		"empty":          {"", []Draft{kp}, "file is empty"},
		"id":             {a, []Draft{with(func(d *Draft) { d.ID = "a" })}, `source "a": the id is that of source "a"`},
		"former id":      {a, []Draft{with(func(d *Draft) { d.ID = "old" })}, `source "old": the id is that of source "a"`},
		"URL":            {a, []Draft{with(func(d *Draft) { d.URL = "http://a.example" })}, `source "kp": url: same feed as source "a"`},
		"twice":          {a, []Draft{kp, with(func(d *Draft) { d.ID = "b" })}, `source "b": url: same feed as source "kp"`},
		"id twice":       {a, []Draft{kp, with(func(d *Draft) { d.URL = "https://b.example/" })}, `source "kp": the id is that of source "kp"`},
		"bad id":         {a, []Draft{with(func(d *Draft) { d.ID = "A b" })}, `"A b" is no id`},
		"no id":          {a, []Draft{with(func(d *Draft) { d.ID = "" })}, `id is empty`},
		"desk":           {a, []Draft{with(func(d *Draft) { d.ID = "desk" })}, `"desk" is reserved`},
		"bad URL":        {a, []Draft{with(func(d *Draft) { d.URL = "x'\n- {id: y}" })}, "URL contains white space"},
		"private URL":    {a, []Draft{with(func(d *Draft) { d.URL = "http://10.0.0.1/feed" })}, "10.0.0.1"},
		"bad kind":       {a, []Draft{with(func(d *Draft) { d.Kind = "blog" })}, `kind: "blog" is none of`},
		"bad language":   {a, []Draft{with(func(d *Draft) { d.Language = "??" })}, `"??" is no language tag`},
		"brackets":       {"sources: [{id: a, url: 'https://a.example/'}]\n", []Draft{kp}, "written in brackets"},
		"open brackets":  {"sources: [\n]\n", []Draft{kp}, "brackets over several lines"},
		"JSON":           {`{"sources": []}`, []Draft{kp}, "written in braces"},
	} {
		got, err := appendTo(t, c.src, c.drafts...)
		if err == nil || !strings.Contains(err.Error(), c.want) || got != c.src {
			t.Errorf("%s: %v, want %s\n%s", name, err, c.want, got)
		}
	}
	_, err := appendTo(t, a, with(func(d *Draft) { d.URL = "https://A.example/?utm_source=x" }))
	if taken, ok := errors.AsType[*Taken](err); !ok || *taken != (Taken{"kp", "url", "a"}) {
		t.Errorf("%#v", err)
	}
	err = Append(filepath.Join(t.TempDir(), "feeds.yaml"), []Draft{kp})
	if _, ok := errors.AsType[*Invalid](err); !ok {
		t.Errorf("no file: %v", err)
	}
}

// Whatever else would come out changed is refused.
func TestCompare(t *testing.T) {
	const a, b = "sources:\n- {id: a, url: https://a.example/}\n", "- {id: kp, url: https://kp.example/}\n"
	before, err := Parse("feeds.yaml", []byte(a))
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]string{
		a + b:                        "",
		a:                            "1 sources would become 1",
		"site: {title: x}\n" + a + b: "other settings would change",
		strings.Replace(a, "url", "title: x, url", 1) + b: `source "a" would become another`,
		a + strings.Replace(b, "url", "title: x, url", 1): `source "kp" would be read as {ID:kp Title:x`,
	} {
		after, err := Parse("feeds.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = compare(before, after, []Draft{{ID: "kp", URL: "https://kp.example/", Poll: true}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s%v, want %s", src, err, want)
		}
	}
}

// The file keeps its mode, its owner and the link that leads to it.
func TestAppendKeepsFile(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real.yaml"), filepath.Join(t.TempDir(), "feeds.yaml")
	write(t, target, "sources:\n", 0o664)
	write(t, filepath.Join(filepath.Dir(link), "auth"), "wire:sesame", 0o600)
	owner := os.Getuid()
	if owner == 0 {
		owner = 4321
		if err := os.Chown(target, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := Append(link, []Draft{no}); err != nil {
		t.Fatal(err)
	}
	at, err := os.Readlink(link)
	if err != nil || at != target {
		t.Errorf("the link leads to %q, %v", at, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; info.Mode().Perm() != 0o664 || int(uid) != owner {
		t.Errorf("mode %v, owner %d", info.Mode(), uid)
	}
	if c, err := Load(link); err != nil || len(c.Sources) != 1 {
		t.Errorf("%v", err)
	}
}

func TestReplaceChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	write(t, path, "newer", 0o600)
	if err := replace(path, []byte("old"), []byte("new")); !errors.Is(err, errChanged) {
		t.Errorf("replace: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

func TestEntry(t *testing.T) {
	if got, want := Entry(kp), indent(2, remark+lines); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	c, err := Parse("feeds.yaml", []byte("sources:\n"+Entry(kp)+Entry(no)))
	if err != nil || len(c.Sources) != 2 {
		t.Errorf("pasted: %v", err)
	}
}

// layout writes a valid file in one of many ways, which the bits of how choose.
func layout(how uint32) string {
	bit := func() bool { how >>= 1; return how&1 == 1 }
	pick := func(yes, no string) string {
		if bit() {
			return yes
		}
		return no
	}
	pad := pick("  ", "")
	entry := func(id string) string {
		if bit() {
			return pad + "- {id: " + id + ", url: 'https://" + id + ".example/', title: '#, {" + id + "}'} # seen\n"
		}
		return pad + "- id: " + id + "\n" + pad + "  url: https://" + id + ".example/\n" + pick(pad+"  skip: |\n"+pad+"    any(topics,\n"+pad+"    # in ['torture'])\n", "") +
			pick(pad+"  # more of "+id+"\n", "") + pick("\n", "")
	}
	s := pick("---\n", "") + pick("# of the wire\nsite: {title: x}\n\n", "") + pick("channels:\n- id: x\n  title: |\n    # x\n", "fetch: {}\n")
	switch {
	case bit():
		s += "sources:" + pick(" # here", "") + "\n" + pick(pad+"# first\n", "") + entry("a") + pick("\n"+pad+"# next\n", "") + entry("b") + pick(pad+"# - dead\n", "")
	case bit():
		s += "sources:" + pick(" [ ]", " ~") + pick(" # none", "") + "\n"
	case bit():
		s += "sources:\n" + pick("  # - {id: a}\n", "# - {id: a}\n")
	}
	s += pick("\n# below\n", "") + pick("topics: # none\n", "") + pick("...\n# end\n", "")
	if bit() {
		s = strings.TrimSuffix(s, "\n")
	}
	if bit() {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	return pick("\ufeff", "") + s
}

// Whatever the file looks like and the drafts say, what was there stays, and what was
// added reads back.
func FuzzAppend(f *testing.F) {
	for i, title := range []string{
		"", "no", "NO", "y", "null", "~", "1984", "1e3", "0x1F", ".inf", "- dash", "? x", "a: b", "a #b", "#", "&a", "*a", "!t", "%x", "@x", "`x`",
		"it's", `"q"`, "'", `\`, "{a}", "[a]", "a, b", "|", ">", "---", "...", "한국 뉴스", "می\u200cخواهم", "👩\u200d👩\u200d👧", "a\tb", "a\nb", " a ", "\u2028x", "e\u0301",
		"2026-01-02", "12:30:45", "<<", "=", "a:", ":a", "key: 'v' # c", "\x1b[2J", "\u202ex", "a\u00a0b", "\ufeff", strings.Repeat("long ", 100), "\xff",
	} {
		f.Add(uint32(i)*2654435761, title, []string{title, "https://x.example/?a=b#c"}[i%2])
	}
	f.Fuzz(func(t *testing.T, how uint32, title, comment string) {
		src := layout(how)
		before, err := Parse("feeds.yaml", []byte(src))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		first := Draft{
			ID: DraftID(title, "https://x.example/", func(id string) bool { return id == "a" || id == "b" }), Title: title,
			URL: "https://x.example/f?title=" + comment, Language: "en", Kind: news.KindNGO, Countries: []news.Country{"KP"}, Poll: how&1 == 1, Comment: comment,
		}
		if strings.ContainsFunc(comment, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			first.URL = "https://x.example/f"
		}
		second := Draft{ID: "second", URL: "https://y.example/", Title: comment, Poll: true}
		drafts := []Draft{first, second}
		if first.ID == "second" {
			drafts = drafts[:1]
		}
		data, err := extend("feeds.yaml", []byte(src), drafts)
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		after, err := Parse("feeds.yaml", data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		n := len(before.Sources)
		if len(after.Sources) != n+len(drafts) || !reflect.DeepEqual(before.Sources, after.Sources[:n]) && n > 0 || !reflect.DeepEqual(before.Channels, after.Channels) {
			t.Fatalf("what was there changed:\n%s\n%s", src, data)
		}
		for i, d := range drafts {
			want, got := d.clean(), after.Sources[n+i]
			if want.Title == "" {
				want.Title = want.ID
			}
			if string(got.ID) != want.ID || got.Title != want.Title || got.URL != want.URL || got.Language != want.Language ||
				got.Kind != want.Kind || got.Poll != want.Poll || !reflect.DeepEqual(got.Countries, want.Countries) {
				t.Errorf("%+v is read back as %+v\n%s", want, got, data)
			}
		}
		kept(t, src, string(data))
	})
}

// kept checks that every line of a file is in another, in its order, but for one
// that says that there are no sources.
func kept(t *testing.T, src, now string) {
	lines := strings.Split(now, "\n")
	for _, line := range strings.Split(src, "\n") {
		line = strings.NewReplacer("sources: [ ]", "sources:", "sources: ~", "sources:").Replace(line)
		for len(lines) > 0 && strings.TrimSuffix(lines[0], "\r") != strings.TrimSuffix(line, "\r") {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			t.Fatalf("line %q is gone:\n%s\n%s", line, src, now)
		}
		lines = lines[1:]
	}
}

func TestDraftID(t *testing.T) {
	none := func(string) bool { return false }
	for _, c := range []struct{ title, url, want string }{
		{"Human Rights Watch", "https://www.hrw.org/rss/news", "human-rights-watch"},
		{"  Łódź: Øst & ßtraße! ", "https://x.example/", "lodz-ost-sstrasse"},
		{"Amnistía Internacional — España", "https://x.example/", "amnistia-internacional-espana"},
		{"People's Voice", "https://x.example/", "peoples-voice"},
		{"한국 뉴스", "https://www.dailynk.com/feed", "dailynk"},
		{"Медуза RU", "https://meduza.io/rss/all", "meduza"},
		{"News", "https://feeds.citizenlab.ca/news", "citizenlab"},
		{"Latest news", "https://ohchr.org/rss", "ohchr"},
		{"UN", "https://news.un.org/feed", "un"},
		{"", "https://a.co.uk/feed", "a"},
		{"", "https://xn--e1aybc.example/", "xn-e1aybc"},
		{"", "", "source"},
		{"", "http://[::1]/", "1"},
		{"Desk", "https://x.example/", "desk-2"},
		{"The Committee to Protect the Journalists of the World", "https://x.example/", "the-committee-to-protect-the-journalists"},
		{strings.Repeat("Rhabarber", 10), "https://x.example/", "rhabarberrhabarberrhabarberrhabarberrhab"},
	} {
		if got := DraftID(c.title, c.url, none); got != c.want || !news.ValidID(got) {
			t.Errorf("DraftID(%q, %q) = %q, want %q", c.title, c.url, got, c.want)
		}
	}
	taken := map[string]bool{"cpj": true, "cpj-2": true}
	if got := DraftID("CPJ", "", func(id string) bool { return taken[id] }); got != "cpj-3" {
		t.Errorf("a third one is %q", got)
	}
}
