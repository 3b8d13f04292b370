package newsroom_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
	"rightswire/internal/publish"
)

// FuzzVisit takes whatever a source may answer all the way: decoded, parsed,
// cleaned, filed and published. Nothing stops the newsroom, and what it publishes
// is well-formed.
func FuzzVisit(f *testing.F) {
	f.Add([]byte(docStart+"<item><guid>1</guid><title>t</title><description>&lt;p&gt;x]]&gt;</description></item>"+docEnd), "", "text/xml")
	f.Add(pack("gzip", []byte(`<feed xmlns="http://www.w3.org/2005/Atom"><title>R</title><entry><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></content></entry></feed>`)), "gzip", "application/atom+xml; charset=koi8-r")
	f.Add(pack("br", []byte(`{"version":"https://jsonfeed.org/version/1.1","title":"\ud800","items":[{"id":1,"content_html":"<a href=//x>\u202e"}]}`)), "br", "application/json")
	f.Add(pack("zstd", []byte("<html><title>Just a moment...</title>")), "zstd", "text/html")
	f.Add([]byte("\xff\xfe<\x00r\x00s\x00s\x00>\x00"), "identity", "")
	var answer atomic.Pointer[func(http.ResponseWriter)]
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { (*answer.Load())(w) }))
	f.Cleanup(origin.Close)
	dir := f.TempDir()
	path := filepath.Join(dir, "feeds.yaml")
	yaml := fmt.Sprintf("site: {id: 'fuzz.example,2026', contact: desk@fuzz.example}\nfetch: {scheduler: false, allow_networks: [127.0.0.0/8], per_host: {gap: 0s}}\nsources:\n  - {id: s, url: '%s/feed', rights: {full: x}}\n", origin.URL)
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		f.Fatal(err)
	}
	room, stop, err := openQuiet(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := stop(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, body []byte, coding, contentType string) {
		say := func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", coding)
			w.Header().Set("Content-Type", contentType)
			w.Write(body)
		}
		answer.Store(&say)
		report, err := room.Refresh(t.Context(), newsroom.RefreshOrder{Sources: []string{"s"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, failed := range report.Failures {
			if failed.Kind == news.FailInternal || failed.Kind == news.FailStore {
				t.Fatalf("%s: %s", failed.Kind, failed.Error)
			}
		}
		checkPublished(t, room)
	})
}

// checkPublished renders what the source's list shows in each format.
func checkPublished(t *testing.T, room *newsroom.Newsroom) {
	t.Helper()
	ed, err := room.Edition(news.Place{Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	links := publish.Links{Self: "https://fuzz.example/sources/s/atom.xml", Page: "https://fuzz.example/sources/s/"}
	for _, render := range []func(news.Site, *news.Edition, publish.Links) ([]byte, error){publish.RSS, publish.Atom} {
		out, err := render(room.Site(), ed, links)
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(bytes.NewReader(out)); err == nil; {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%v in:\n%s", err, out)
		}
	}
	out, err := publish.JSON(room.Site(), ed, links)
	if err != nil || !json.Valid(out) {
		t.Fatalf("%v in:\n%s", err, out)
	}
}
