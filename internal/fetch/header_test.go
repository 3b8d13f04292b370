package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for value, want := range map[string]time.Duration{
		"":                                0,
		"0":                               0,
		"120":                             2 * time.Minute,
		"604800":                          7 * day,
		"604801":                          7 * day,
		"315360000":                       7 * day,
		"99999999999999999999999999999":   7 * day,
		"-1":                              0,
		"+5":                              0,
		"1.5":                             0,
		"1e3":                             0,
		"soon":                            0,
		"Tue, 03 Nov 2026 11:00:00 GMT":   time.Hour,
		"Tuesday, 03-Nov-26 11:00:00 GMT": time.Hour,
		"Tue Nov  3 11:00:00 2026":        time.Hour,
		"Tue, 03 Nov 2026 09:00:00 GMT":   0,
		"Fri, 03 Nov 2036 09:00:00 GMT":   7 * day,
		"Fri, 31 Dec 9999 23:59:59 GMT":   7 * day,
		"03/11/2026":                      0,
	} {
		h := http.Header{}
		h.Set("Retry-After", value)
		if got := retryAfter(h, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestMaxAge(t *testing.T) {
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		fields http.Header
		want   time.Duration
	}{
		{"nothing", nil, 0},
		{"max-age", http.Header{"Cache-Control": {"max-age=43200"}}, 12 * time.Hour},
		{"among others", http.Header{"Cache-Control": {"public, Max-Age=60 , must-revalidate"}}, time.Minute},
		{"in a second field", http.Header{"Cache-Control": {"public", "max-age=60"}}, time.Minute},
		{"quoted", http.Header{"Cache-Control": {`max-age="60"`}}, time.Minute},
		{"the first counts", http.Header{"Cache-Control": {"max-age=60, max-age=9"}}, time.Minute},
		{"zero", http.Header{"Cache-Control": {"max-age=0"}, "Expires": {"Tue, 03 Nov 2026 11:00:00 GMT"}}, 0},
		{"no-cache", http.Header{"Cache-Control": {"max-age=60, no-cache"}}, 0},
		{"no-store", http.Header{"Cache-Control": {"no-store"}, "Expires": {"Tue, 03 Nov 2026 11:00:00 GMT"}}, 0},
		{"negative", http.Header{"Cache-Control": {"max-age=-1"}}, 0},
		{"ten years", http.Header{"Cache-Control": {"max-age=315360000"}}, longest},
		{"too many digits", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, longest},
		{"expires", http.Header{"Expires": {"Tue, 03 Nov 2026 11:00:00 GMT"}}, time.Hour},
		{"expires by the server's clock", http.Header{"Expires": {"Tue, 03 Nov 2026 11:00:00 GMT"}, "Date": {"Tue, 03 Nov 2026 10:50:00 GMT"}}, 10 * time.Minute},
		{"expired", http.Header{"Expires": {"Thu, 01 Jan 1970 00:00:00 GMT"}}, 0},
		{"garbage", http.Header{"Expires": {"0"}}, 0},
		{"max-age before expires", http.Header{"Cache-Control": {"max-age=60"}, "Expires": {"Tue, 03 Nov 2026 11:00:00 GMT"}}, time.Minute},
		{"s-maxage is for caches", http.Header{"Cache-Control": {"s-maxage=60"}}, 0},
	}
	for _, tt := range tests {
		if got := maxAge(tt.fields, now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("120", "max-age=5, no-cache", "Tue, 03 Nov 2026 11:00:00 GMT", `<https://hub.example/>; rel="hub", <f>;rel=self`)
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "max-age=\"", "0", `<a>; rel="\`)
	f.Add("-1", "max-age=99999999999999999999", "Tue", `, <>;;=;rel=hub self;,<mailto:a>;rel=hub`)
	f.Fuzz(func(t *testing.T, retry, cache, expires, links string) {
		now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
		h := http.Header{"Retry-After": {retry}, "Cache-Control": {cache}, "Expires": {expires}, "Link": {links, links}}
		if d := retryAfter(h, now); d < 0 || d > maxRetryAfter {
			t.Errorf("retry after %v", d)
		}
		if d := maxAge(h, now); d < 0 || d > longest {
			t.Errorf("max age %v", d)
		}
		r := Response{FinalURL: "http://a.example/feed"}
		r.relate(h)
		hub, self := r.Hub, r.Topic
		for _, target := range []string{hub, self} {
			if u, err := url.Parse(target); target != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
				t.Errorf("%q leads to %q", links, target)
			}
		}
		if v := validator(links); v != "" && (v != links || strings.ContainsAny(v, "\r\n\x00")) {
			t.Errorf("validator %q", v)
		}
	})
}
