package publish

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rightswire/internal/discover"
)

func sampleListings() []Listing {
	return []Listing{
		{
			Title: `Refugees & "forced" <returns>`, Feed: "https://rights.example.org/channels/refugees/atom.xml",
			Page: "https://rights.example.org/channels/refugees/", Language: "en", Categories: []string{"ngo", "Asia/North Korea", "a, b"},
		},
		{Title: "한강 소식", Feed: "https://hangang.example.kr/rss?a=1&b=2", Language: "ko_kr", Categories: []string{""}},
		{Title: "  المنارة\n", Feed: "https://manara.example.net/خلاصة", Page: "javascript:alert(1)"},
		{Feed: "https://untitled.example/feed"},
		{Title: "No feed", Feed: "", Page: "https://none.example/"},
		{Title: "No address of a feed", Feed: "mailto:desk@example.org"},
		{Title: "Bad\x00\x01\xff\ufffe", Feed: "https://bad.example/a b", Language: "not a language"},
	}
}

func TestOPML(t *testing.T) {
	got, err := OPML("Rights & wrongs", sampleListings())
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>Rights &amp; wrongs</title>
  </head>
  <body>
    <outline text="Refugees &amp; &#34;forced&#34; &lt;returns&gt;" title="Refugees &amp; &#34;forced&#34; &lt;returns&gt;" type="rss" ` +
		`xmlUrl="https://rights.example.org/channels/refugees/atom.xml" htmlUrl="https://rights.example.org/channels/refugees/" ` +
		`language="en" category="ngo,/Asia/North Korea,a b"></outline>
    <outline text="한강 소식" title="한강 소식" type="rss" xmlUrl="https://hangang.example.kr/rss?a=1&amp;b=2" language="ko-KR"></outline>
    <outline text="المنارة" title="المنارة" type="rss" xmlUrl="https://manara.example.net/%D8%AE%D9%84%D8%A7%D8%B5%D8%A9"></outline>
    <outline text="https://untitled.example/feed" title="https://untitled.example/feed" type="rss" xmlUrl="https://untitled.example/feed"></outline>
    <outline text="Bad�" title="Bad�" type="rss" xmlUrl="https://bad.example/a%20b"></outline>
  </body>
</opml>
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	wellFormed(t, got)
	if again, _ := OPML("Rights & wrongs", sampleListings()); !bytes.Equal(got, again) {
		t.Error("two renderings differ")
	}
}

// What is written reads the same again.
func TestOPMLReread(t *testing.T) {
	got, err := OPML("Desk", sampleListings())
	if err != nil {
		t.Fatal(err)
	}
	outlines, troubles, err := discover.ReadOPML(bytes.NewReader(got))
	if err != nil || len(troubles) != 0 || len(outlines) != 5 {
		t.Fatalf("%+v, %+v, %v", outlines, troubles, err)
	}
	first := outlines[0]
	first.Line = 0
	if first != (discover.Outline{
		Title: `Refugees & "forced" <returns>`, URL: "https://rights.example.org/channels/refugees/atom.xml",
		Home: "https://rights.example.org/channels/refugees/", Language: "en", Folder: "ngo",
	}) {
		t.Errorf("%+v", first)
	}
	if outlines[1].Title != "한강 소식" || outlines[1].URL != "https://hangang.example.kr/rss?a=1&b=2" || outlines[1].Language != "ko-KR" {
		t.Errorf("%+v", outlines[1])
	}
}

func TestOPMLEmpty(t *testing.T) {
	got, err := OPML("", nil)
	if err != nil || !strings.Contains(string(got), "<title>Rightswire</title>") {
		t.Errorf("%s, %v", got, err)
	}
	wellFormed(t, got)
	// A file of 5,000 sources is what an import takes.
	var many []Listing
	for i := range discover.MaxOutlines {
		many = append(many, Listing{Title: fmt.Sprint("Source ", i), Feed: fmt.Sprintf("https://s%d.example/feed", i), Categories: []string{"ngo", "KP"}})
	}
	if got, err = OPML("Many", many); err != nil {
		t.Fatal(err)
	}
	if outlines, _, err := discover.ReadOPML(bytes.NewReader(got)); err != nil || len(outlines) != len(many) {
		t.Errorf("%d outlines of %d bytes, %v", len(outlines), len(got), err)
	}
}

func TestOPMLByXMLLint(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	got, err := OPML("Desk", sampleListings())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "list.opml")
	if err := os.WriteFile(path, got, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), lint, "--nonet", "--noout", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
