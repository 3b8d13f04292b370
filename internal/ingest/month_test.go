package ingest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// A publisher answers as a source would, notes every request to it, and objects to
// those that no client should make.
type publisher struct {
	name   string
	answer func(p *publisher, w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	asked    []time.Time
	held     map[string]validators // by path: what was last given out there
	calm     time.Time             // nobody is to ask before
	slack    time.Duration         // but so much earlier
	blank    int                   // requests without validators, though there are some
	cond     time.Time             // of the last request with validators
	faults   []string
	statuses map[int]int
	pace     time.Duration // that the document asks for; at most a day counts
	skips    func(time.Time) bool
	fresh    int // the newest item given out
}

type validators struct{ etag, modified string }

func (p *publisher) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf("%s: ", time.Now().Format(time.DateTime))+fmt.Sprintf(format, args...))
}

// ServeHTTP judges a request by what came before, and answers it.
func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	sent := validators{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}
	given, known := p.held[r.URL.Path]
	redirected := len(p.asked) > 0 && r.URL.Path != "/feed" && now.Sub(p.asked[len(p.asked)-1]) < time.Minute
	switch {
	case sent == (validators{}):
		if known && given != (validators{}) {
			p.blank++
		}
	case sent != given:
		p.fault("validators %+v, given were %+v", sent, given)
	case now.Sub(p.cond) < 58*time.Minute:
		p.fault("asked with validators %s after the last", now.Sub(p.cond))
	default:
		p.cond = now
	}
	if now.Add(p.slack).Before(p.calm) && !redirected {
		p.fault("asked %s early", p.calm.Sub(now))
	}
	if p.skips != nil && p.skips(now) && len(p.asked) > 0 && now.Sub(p.asked[len(p.asked)-1]) < 24*time.Hour-p.slack {
		p.fault("asked in an hour that the document leaves out")
	}
	if r.Header.Get("Cookie")+r.Header.Get("Referer")+r.URL.RawQuery != "" || r.Header.Get("User-Agent") != "Rightswire/test" {
		p.fault("header %v, query %q", r.Header, r.URL.RawQuery)
	}
	p.asked = append(p.asked, now)
	p.calm = now.Add(max(time.Hour, min(p.pace, 24*time.Hour)))
	p.answer(p, w, r)
}

// give answers 200 with a document, or 304 where the request holds its validators;
// both set them.
func (p *publisher) give(w http.ResponseWriter, r *http.Request, v validators, body string) {
	given := p.held[r.URL.Path]
	p.held[r.URL.Path] = v
	w.Header()["Set-Cookie"] = []string{"id=1"}
	if v.etag != "" {
		w.Header().Set("ETag", v.etag)
	}
	if v.modified != "" {
		w.Header().Set("Last-Modified", v.modified)
	}
	if given != (validators{}) && given == (validators{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}) && body == "" {
		p.status(w, http.StatusNotModified)
		return
	}
	p.statuses[200]++
	if body == "" {
		body = p.document(0)
	}
	fmt.Fprint(w, body)
}

func (p *publisher) status(w http.ResponseWriter, status int) {
	p.statuses[status]++
	w.WriteHeader(status)
}

// document is a feed of five items, the newest numbered n and a day old at the start
// of the bubble.
func (p *publisher) document(n int, head ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>%s</title><link>http://%s.example/</link>%s`, p.name, p.name, strings.Join(head, ""))
	for i := n; i > n-5; i-- {
		fmt.Fprintf(&b, `<item><guid>%d</guid><title>Item %d</title><pubDate>%s</pubDate></item>`, i, i, started().Add(time.Duration(i)*time.Hour).Format(time.RFC1123Z))
	}
	return b.String() + `</channel></rss>`
}

// started is when every bubble begins.
func started() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// news is how many items came so far, one every so many hours.
func (p *publisher) news(every int) int { return int(time.Since(started()).Hours()) / every * every }

type publishers map[string]*publisher

func (ps publishers) ServeHTTP(w http.ResponseWriter, r *http.Request) { ps[r.Host].ServeHTTP(w, r) }

// manners are the ways in which publishers answer; n tells those of one kind apart.
var manners = []struct {
	name   string
	setUp  func(p *publisher, n int)
	answer func(p *publisher, n int, w http.ResponseWriter, r *http.Request)
	check  func(t *testing.T, p *publisher, n int)
}{
	{name: "odd ETag, news now and then", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		count := p.news(1 + n)
		etag := []string{`W/"%d 'x"`, `%d`, `"%d-gzip"`, `W/"%d" "and more"`, `"„%d“"`}[n]
		v, body := validators{etag: fmt.Sprintf(etag, count)}, ""
		if r.Header.Get("If-None-Match") != v.etag {
			body = p.document(count)
		}
		p.give(w, r, v, body)
	}},
	{name: "validators change with each answer", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		v := validators{etag: fmt.Sprintf(`"%d"`, len(p.asked)), modified: fmt.Sprintf("answer %d", len(p.asked))}
		body := ""
		if n%2 == 0 || p.news(6) > p.fresh {
			p.fresh = p.news(6)
			body = p.document(p.fresh) // a 200 though the request knows the validators
		}
		p.give(w, r, v, body)
	}},
	{name: "no date at all for Last-Modified", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		count := p.news(4)
		v, body := validators{modified: fmt.Sprintf([]string{"yesterday at %d", "Sun, %d Foo 1999", "%d", "-%d", "2000-01-01T%d"}[n], count)}, ""
		if r.Header.Get("If-Modified-Since") != v.modified {
			body = p.document(count)
		}
		p.give(w, r, v, body)
	}},
	{name: "fresh for a while", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		age := []int{0, 10800, 43200, 86400, 31536000}[n]
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", age))
		p.pace = time.Duration(age) * time.Second
		p.calm = time.Now().Add(max(time.Hour, min(p.pace, 24*time.Hour)))
		p.give(w, r, validators{etag: `"same"`}, "")
	}},
	{name: "ttl and hours left out", setUp: func(p *publisher, n int) {
		p.skips = func(t time.Time) bool { return t.UTC().Hour() < n+2 }
	}, answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		head := fmt.Sprintf("<ttl>%d</ttl><skipHours>", 60*n)
		for h := range n + 2 {
			head += fmt.Sprintf("<hour>%d</hour>", h)
		}
		p.pace = time.Duration(n) * time.Hour
		p.calm = time.Now().Add(max(time.Hour, p.pace))
		p.give(w, r, validators{etag: fmt.Sprint(p.news(48))}, p.document(p.news(48), head, "</skipHours>"))
	}},
	{name: "busy", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		if len(p.asked)%4 != 2 {
			p.give(w, r, validators{etag: `"same"`}, "")
			return
		}
		value, wait := "", time.Hour
		switch n {
		case 0:
			value, wait = "7200", 2*time.Hour
		case 1:
			wait = 5 * time.Hour
			value = time.Now().Add(wait).UTC().Format(http.TimeFormat)
		case 2:
			value = "in a while"
		case 3:
			value = "-1"
		case 4:
			value, wait = strconv.Itoa(10*365*24*3600), 7*24*time.Hour
		}
		p.calm = time.Now().Add(wait)
		w.Header().Set("Retry-After", value)
		p.status(w, []int{429, 503}[len(p.asked)/4%2])
	}},
	{name: "gone on the third day", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		if time.Since(started()) < 72*time.Hour {
			p.give(w, r, validators{etag: `"same"`}, "")
			return
		}
		p.status(w, http.StatusGone)
	}, check: func(t *testing.T, p *publisher, n int) {
		if p.statuses[410] != 1 {
			t.Errorf("%d requests to what is gone", p.statuses[410])
		}
	}},
	{name: "server errors", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		p.status(w, []int{500, 502, 504, 520, 400}[n])
	}, check: func(t *testing.T, p *publisher, n int) {
		if len(p.asked) > 40 || len(p.asked) < 20 {
			t.Errorf("%d requests in 30 days of errors", len(p.asked))
		}
	}},
	{name: "redirects", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed" {
			w.Header().Set("Location", "/new")
			p.status(w, []int{301, 308, 302, 307, 303}[n])
			return
		}
		p.give(w, r, validators{etag: `"same"`}, "")
	}, check: func(t *testing.T, p *publisher, n int) {
		if redirects, forGood := p.statuses[301]+p.statuses[308]+p.statuses[302]+p.statuses[307]+p.statuses[303], n < 2; forGood && redirects != 3 || !forGood && redirects < 20 {
			t.Errorf("%d redirects", redirects)
		}
	}},
	{name: "304 for ever", answer: func(p *publisher, n int, w http.ResponseWriter, r *http.Request) {
		p.give(w, r, validators{modified: "Sat, 20 Apr 2041 00:00:00 GMT"}, "")
	}, check: func(t *testing.T, p *publisher, n int) {
		if p.blank != 1 {
			t.Errorf("asked for the whole %d times in 31 days", p.blank)
		}
	}},
}

// TestMonth: fifty publishers, each with a way of their own, are asked for thirty
// days by a newsroom that is restarted now and then. Nobody is asked early, with
// validators that are not theirs, or twice in an hour.
func TestMonth(t *testing.T) {
	const each, length = 5, 31 * 24 * time.Hour
	origin, sources := publishers{}, []news.Source(nil)
	for i, m := range manners {
		for n := range each {
			p := &publisher{name: fmt.Sprintf("s%d-%d", i, n), held: map[string]validators{}, statuses: map[int]int{}}
			p.answer = func(p *publisher, w http.ResponseWriter, r *http.Request) { m.answer(p, n, w, r) }
			if m.setUp != nil {
				m.setUp(p, n)
			}
			origin[p.name+".example"] = p
			sources = append(sources, news.Source{ID: news.SourceID(p.name), URL: "http://" + p.name + ".example/feed"})
		}
	}
	inWorld(t, origin, sources, func(w *world) {
		for range 2 { // days of a daemon
			w.start()
			time.Sleep(23 * time.Hour)
			synctest.Wait()
			w.stop()
			time.Sleep(time.Hour)
		}
		// Then cron comes hourly, two minutes early at the most.
		w.plan.Scheduler = false
		for _, p := range origin {
			p.slack = slack
		}
		for time.Since(started()) < length {
			w.start()
			w.order(Order{})
			synctest.Wait()
			w.stop()
			time.Sleep(time.Hour)
		}
	})
	total, blank := 0, 0
	for i, m := range manners {
		for n := range each {
			p := origin[fmt.Sprintf("s%d-%d.example", i, n)]
			t.Run(p.name+" "+m.name, func(t *testing.T) {
				for _, f := range p.faults[:min(3, len(p.faults))] {
					t.Errorf("%s (one of %d)", f, len(p.faults))
				}
				if p.blank > 1 {
					t.Errorf("%d requests without validators after the first", p.blank)
				}
				if m.check != nil {
					m.check(t, p, n)
				}
			})
			total += len(p.asked)
			blank += p.blank
		}
	}
	t.Logf("%d requests, %d of them without the validators there were", total, blank)
	if total < 10_000 {
		t.Errorf("%d requests in all", total)
	}
}
