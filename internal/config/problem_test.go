package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// folder returns a folder with the files that broken.txt speaks of.
func folder(t testing.TB) string {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"feeds.crt": 0o644, "open.key": 0o644, "secret.key": 0o600} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// brokenCases returns the files of testdata/broken.txt with what each should say.
func brokenCases(t testing.TB) (files, wants []string) {
	data, err := os.ReadFile("testdata/broken.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(data), "\n----\n")[1:] {
		var src, want []string
		for _, line := range strings.Split(block, "\n") {
			if said, ok := strings.CutPrefix(line, "> "); ok {
				want = append(want, said)
			} else if len(want) == 0 {
				src = append(src, line)
			}
		}
		files, wants = append(files, strings.Join(src, "\n")+"\n"), append(wants, strings.Join(want, "\n"))
	}
	return files, wants
}

// A broken file is refused with every problem, its place and its key.
func TestBroken(t *testing.T) {
	dir := folder(t)
	placed := regexp.MustCompile(`^f\.yaml:[1-9][0-9]*:[1-9][0-9]*: `)
	files, wants := brokenCases(t)
	if len(files) < 100 {
		t.Errorf("%d broken files only", len(files))
	}
	for i, src := range files {
		c, err := Parse(filepath.Join(dir, "f.yaml"), []byte(src))
		invalid, ok := errors.AsType[*Invalid](err)
		if c != nil || !ok {
			t.Errorf("accepted:\n%s", src)
			continue
		}
		var got []string
		for _, p := range invalid.Problems {
			p.File = "f.yaml"
			got = append(got, strings.ReplaceAll(p.String(), dir, "DIR"))
			if !strings.Contains(src, "# nothing but") && (!placed.MatchString(p.String()) || !strings.HasSuffix(p.Excerpt, "^")) {
				t.Errorf("%s: no place, or no excerpt", p)
			}
		}
		if s := strings.Join(got, "\n"); s != wants[i] {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", src, s, wants[i])
		}
	}
}

// All problems are reported together, in the order of the file, whatever finds them.
func TestAllAtOnce(t *testing.T) {
	_, err := Parse("feeds.yaml", []byte(`site:
  title: [x]
	url: tab
sources:
- {id: a, url: https://a.example/feed, countries: [XX, YY], kindd: ngo}
- {id: b, url: "https://b.example/feed"
- {id: c, url: ftp://c.example, skip: 'titel == "x"', expect_every: 1 day}
- {id: a, url: http://10.0.0.1/feed, poll: maybe}
channels:
- {id: x, limit: -1, limit: 5, when: 'now() > 5'}
srever: {}
`))
	invalid, ok := errors.AsType[*Invalid](err)
	if !ok {
		t.Fatal(err)
	}
	want := []string{
		"3:1: a tab", "5:52: ", "5:56: ", "5:61: ", "7:1: not YAML", "7:16: ", "7:39: ", "7:69: ", "8:8: ", "8:16: ", "8:44: ",
		"10:18: ", "10:22: ", "10:38: ", "11:1: ",
	}
	if len(invalid.Problems) != len(want) {
		t.Fatalf("%d problems, want %d:\n%s", len(invalid.Problems), len(want), err)
	}
	for i, p := range invalid.Problems {
		if !strings.HasPrefix(p.String(), "feeds.yaml:"+want[i]) {
			t.Errorf("%s, want %s", p, want[i])
		}
	}
}

func TestExcerpt(t *testing.T) {
	_, err := Parse("feeds.yaml", []byte("site: {title: 日本語\t(한국), langauge: ko}\nsources:\n- {id: "+strings.Repeat("a", 120)+", url: x, poll: \"\u202emaybe\"}\n"))
	want := `feeds.yaml:1:25: site: unknown key "langauge" (did you mean "language"?)
   1 | site: {title: 日本語	(한국), langauge: ko}
     |                     	        ^
feeds.yaml:3:8: source 1: id: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" is no id (a to z, 0 to 9 and -, at most 64, not starting with -)
   3 | - {id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     |        ^
`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if strings.Contains(err.Error(), "\u202e") {
		t.Error("an excerpt turns the terminal's direction")
	}
}

// What the YAML library needs too long for is refused before it sees it.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"brackets":  {strings.Repeat("[", 20000), "nested more than 32 deep"},
		"braces":    {"site: " + strings.Repeat("{a: ", 20000), "nested more than 32 deep"},
		"dashes":    {strings.Repeat("- ", 40000), "nested more than 32 deep"},
		"indented":  {strings.Repeat("? ", 40000), "nested more than 32 deep"},
		"keys":      {strings.Repeat("a: b\n", 100000), "more than 500 keys"},
		"blank":     {"a: |\n" + strings.Repeat("\n", 100000), "more than 100 blank lines"},
		"spaces":    {"a: |\n" + strings.Repeat("  \n", 100000), "more than 100 blank lines"},
		"comments":  {"a: b\n" + strings.Repeat(" # c\n", 20000), "more than 10000 lines of comments"},
		"lines":     {strings.Repeat("a\n", 200001), "more than 200000 lines"},
		"commas":    {"a: [" + strings.Repeat(strings.Repeat(",", 1000)+"\n", 1000), "more than 600000 commas"},
		"line":      {"site: {title: \"" + strings.Repeat("a", 200000) + "\"}", "longer than 100000 bytes"},
		"size":      {strings.Repeat("# comment\n", 4<<20/10+1), "larger than 4 MB"},
		"NUL":       {"site: {title: \"a\x00\"}", "character U+0000"},
		"UTF-16":    {"s\x00i\x00t\x00e\x00:\x00", "character U+0000"},
		"Latin-1":   {"site: {title: caf\xe9}", "byte 0xe9 is not UTF-8"},
		"Mac lines": {"site:\r  title: x\r", "character U+000D"},
		"escape":    {"site: {title: \"\x1b[2J\"}", "character U+001B"},
		"nothing":   {" \n\n", "file is empty"},
	} {
		_, err := Parse("feeds.yaml", []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200v, want %s", name, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := brokenCases(f)
	every, err := os.ReadFile("testdata/every-key.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, src := range append(files, string(every)) {
		f.Add([]byte(src))
	}
	dir := folder(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse(filepath.Join(dir, "f.yaml"), src)
		if err == nil {
			if c.Rules == nil || c.Vocabulary == nil || c.Site.Location == nil {
				t.Error("half a Config")
			}
			return
		}
		invalid, ok := errors.AsType[*Invalid](err)
		if c != nil || !ok || len(invalid.Problems) == 0 {
			t.Fatalf("Parse returned %v, %v", c, err)
		}
		lines := strings.Count(string(src), "\n") + 1
		for _, p := range invalid.Problems {
			if p.Msg == "" || p.Line > lines || p.Line > 0 && p.Column < 1 {
				t.Errorf("%s: no message, or no such place", p)
			}
		}
	})
}
