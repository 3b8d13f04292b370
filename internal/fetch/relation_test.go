package fetch

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func TestRelations(t *testing.T) {
	tests := []struct {
		name      string
		fields    []string
		hub, self string
	}{
		{"none", nil, "", ""},
		{"both", []string{`<https://hub.example/>; rel="hub", <https://a.example/feed>; rel="self"`}, "https://hub.example/", "https://a.example/feed"},
		{"two fields", []string{`<https://hub.example/>; rel=hub`, `<https://a.example/feed>;rel=self`}, "https://hub.example/", "https://a.example/feed"},
		{"relative", []string{`</hub>; rel=hub, <?full>; rel=self`}, "http://a.example/hub", "http://a.example/dir/feed?full"},
		{"the first counts", []string{`<https://one.example/>; rel=hub, <https://two.example/>; rel=hub`}, "https://one.example/", ""},
		{"several types", []string{`<https://a.example/feed>; rel="alternate SELF  Hub"`}, "https://a.example/feed", "https://a.example/feed"},
		{"other parameters", []string{`<https://hub.example/> ; title="a, <b>; rel=self \" c" ; REL = "hub"`}, "https://hub.example/", ""},
		{"the first rel counts", []string{`<https://hub.example/>; rel=next; rel=hub`}, "", ""},
		{"a comma inside", []string{`<https://a.example/?a,b;c>; rel=self`}, "", "https://a.example/?a,b;c"},
		{"a flag", []string{`<https://a.example/>; x; rel=self`}, "", "https://a.example/"},
		{"empty elements", []string{`, ,<https://a.example/>; rel=self,,`}, "", "https://a.example/"},
		{"about something else", []string{`<https://hub.example/>; anchor="/other"; rel=hub`}, "", ""},
		{"no rel", []string{`<https://hub.example/>`}, "", ""},
		{"elsewhere than the web", []string{`<mailto:a@b.example>; rel=hub, <ftp://a.example/>; rel=self`}, "", ""},
		{"no link", []string{`https://hub.example/; rel=hub`}, "", ""},
		{"no end", []string{`<https://hub.example/; rel=hub`}, "", ""},
		{"no end of a quote", []string{`<https://hub.example/>; rel="hub`}, "https://hub.example/", ""},
		{"garbage behind", []string{`<https://hub.example/>; rel=hub <https://a.example/>; rel=self`}, "https://hub.example/", ""},
	}
	for _, tt := range tests {
		r := Response{FinalURL: "http://a.example/dir/feed"}
		r.relate(http.Header{"Link": tt.fields})
		if r.Hub != tt.hub || r.Topic != tt.self {
			t.Errorf("%s: hub %q, self %q; want %q, %q", tt.name, r.Hub, r.Topic, tt.hub, tt.self)
		}
	}
}

func TestAlternates(t *testing.T) {
	r := Response{FinalURL: "http://a.example/dir/"}
	r.relate(http.Header{"Link": {
		`</rss>; rel=alternate; type="application/rss+xml", <atom>; type="Application/Atom+XML; charset=utf-8"; rel="nofollow alternate"`,
		`</fr/>; rel=alternate; hreflang=fr; type="text/html", </json>; rel=alternate; type="application/json"`,
		`</none>; rel=alternate, </feed>; type="application/feed+json"`,
	}})
	if want := []string{"http://a.example/rss", "http://a.example/dir/atom"}; !slices.Equal(r.Alternates, want) {
		t.Errorf("%q, want %q", r.Alternates, want)
	}
	r.relate(http.Header{"Link": {strings.Repeat(`</x>; rel=alternate; type="application/rss+xml", `, 100)}})
	if len(r.Alternates) != maxAlternates {
		t.Errorf("%d alternates", len(r.Alternates))
	}
}

// Where a feed pushes from is told with each answer, also one without a body.
func TestGetRelations(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", `<https://hub.example/>; rel="hub"`)
		w.Header().Add("Link", `</feed>; rel="self"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	c := newClient(t, nil)
	for _, v := range []news.Visit{{}, {URL: s.URL, ETag: `"a"`}} {
		if r := mustGet(t, c, s.URL, v); r.Hub != "https://hub.example/" || r.Topic != s.URL+"/feed" {
			t.Errorf("got %+v", r)
		}
	}
}
