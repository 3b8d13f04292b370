package newsroom_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"rightswire/internal/news"
)

// An abuse is a source that would kill, stall or bloat whoever trusts it.
type abuse struct {
	name string
	// wants is how its visit fails; "" where it is read all the same.
	wants news.FailureKind
	serve http.HandlerFunc
}

const (
	bombSize = 64 << 20 // once decoded
	docStart = `<rss version="2.0"><channel><title>R</title><link>https://r.example/</link><description>d</description>`
	docEnd   = `</channel></rss>`
)

// abuses returns every case there is. whoever follows an entity or a reference is
// counted by strangers, at the address lure.
func abuses(lure string) []abuse {
	zeros := packed("gzip", bombSize)
	item := func(inner string) string {
		return docStart + "<item><guid>1</guid><title>t</title>" + inner + "</item>" + docEnd
	}
	return []abuse{
		{"gzip bomb", news.FailTooBig, sends("gzip", zeros)},
		{"br bomb", news.FailTooBig, sends("br", packed("br", bombSize))},
		{"zstd bomb", news.FailTooBig, sends("zstd", packed("zstd", bombSize))},
		{"bomb in a bomb", news.FailTooBig, sends("gzip, gzip", pack("gzip", zeros))},
		{"mislabelled bomb", news.FailEncoding, sends("br", zeros)},
		{"bomb without a label", news.FailNotFeed, sends("", zeros)},
		{"twenty codings", news.FailEncoding, sends(strings.TrimSuffix(strings.Repeat("gzip, ", 20), ", "), zeros)},
		{"two million levels", "", sends("gzip", pack("gzip", []byte(item("<description>d</description>"+strings.Repeat("<a:b>", 1_500_000)))))},
		{"levels before the feed", news.FailNotFeed, sends("gzip", pack("gzip", []byte(strings.Repeat("<a:b>", 1_500_000))))},
		{"a billion laughs", "", sends("", []byte(laughs()))},
		{"entity of a file", "", sends("", []byte(`<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>`+item("<description>a &x; b</description>")))},
		{"entity of an address", "", sends("", []byte(`<!DOCTYPE rss SYSTEM "`+lure+`" [<!ENTITY x SYSTEM "`+lure+`"><!ENTITY % p SYSTEM "`+lure+`">%p;]>`+item("<description>&x;</description>")))},
		{"stylesheet and includes", "", sends("", []byte(`<?xml-stylesheet href="`+lure+`"?>`+item(`<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="`+lure+`"/>`)))},
		{"one byte at a time", news.FailTimeout, trickle},
		{"chunks without end", news.FailTooBig, endless},
		{"no answer", news.FailTimeout, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"headers without end", news.FailConnect, manyHeaders},
		{"ten thousand items", "", sends("gzip", pack("gzip", []byte(flood(10_000))))},
		{"title of seven megabytes", "", sends("gzip", pack("gzip", []byte(docStart+"<item><guid>1</guid><title>"+strings.Repeat("word ", 7<<20/5)+"</title></item>"+docEnd)))},
		{"a million attributes", "", sends("gzip", pack("gzip", []byte(item("<description><![CDATA[<p"+strings.Repeat(" a=1", 1_000_000)+">text]]></description>"))))},
		{"ten thousand tables", "", sends("gzip", pack("gzip", []byte(item("<description><![CDATA["+strings.Repeat("<table><tr><td><select><a>", 20_000)+"]]></description>"))))},
		{"lying charset", "", lies("application/rss+xml; charset=utf-16", item("<description>\x00\xed\xa0\x80\xff text</description>"))},
		{"absurd dates", "", sends("", []byte(docStart+"<item><guid>1</guid><title>t</title><pubDate>Mon, 99 Foo 0000 25:61:61 +9999</pubDate></item><item><guid>2</guid><title>t</title><pubDate>Fri, 31 Dec 9999 23:59:60 GMT</pubDate></item>"+docEnd))},
		{"brackets without end", "", sends("gzip", pack("gzip", []byte(`{"version":"https://jsonfeed.org/version/1.1","items":`+strings.Repeat("[", 4_000_000))))},
		{"numeric and repeated ids", "", sends("", []byte(`{"version":"https://jsonfeed.org/version/1.1","title":"R","items":[{"id":1,"title":"a"},{"id":1,"title":"b"},{"title":"c"},{"id":{},"title":"d"},7,{"id":"ok","title":"e"}]}`))},
		{"redirects without end", news.FailRedirect, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }},
		{"redirect inwards", news.FailRedirect, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusMovedPermanently)
		}},
		{"redirect to a file", news.FailRedirect, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}},
		{"304 to nothing asked", news.FailStatus, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }},
	}
}

func sends(coding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if coding != "" {
			w.Header().Set("Content-Encoding", coding)
		}
		w.Header().Set("Content-Type", "application/xml")
		w.Write(body)
	}
}

func lies(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, body)
	}
}

func trickle(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, docStart)
	for r.Context().Err() == nil {
		io.WriteString(w, " ")
		http.NewResponseController(w).Flush()
		wait(r, 100*time.Millisecond)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	chunk := bytes.Repeat([]byte("<item/>\n"), 4<<10)
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func manyHeaders(w http.ResponseWriter, _ *http.Request) {
	for i := range 2000 {
		w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
	}
	io.WriteString(w, docStart+docEnd)
}

// wait waits as long as the request is not given up.
func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func laughs() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE rss [<!ENTITY a0 "lol">`)
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	return b.String() + "]>" + docStart + "<item><guid>1</guid><title>t &a29;</title></item>" + docEnd
}

func flood(n int) string {
	var b strings.Builder
	b.WriteString(docStart)
	for i := range n {
		fmt.Fprintf(&b, "<item><guid>%d</guid><title>Item %d</title><description>%s</description></item>", i, i, strings.Repeat("text ", 40))
	}
	return b.String() + docEnd
}

// packed is n spaces, behind the start of a feed, in a content coding.
func packed(coding string, n int) []byte {
	var b bytes.Buffer
	w := packer(coding, &b)
	io.WriteString(w, docStart)
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range n >> 20 {
		w.Write(blank)
	}
	w.Close()
	return b.Bytes()
}

func pack(coding string, body []byte) []byte {
	var b bytes.Buffer
	w := packer(coding, &b)
	w.Write(body)
	w.Close()
	return b.Bytes()
}

func packer(coding string, w io.Writer) io.WriteCloser {
	switch coding {
	case "br":
		return brotli.NewWriterLevel(w, 1)
	case "zstd":
		z, err := zstd.NewWriter(w)
		fatal(err)
		return z
	}
	return gzip.NewWriter(w)
}

// An abuseOrigin serves each case, and each healthy source, at a loopback address
// of its own: one host's turns are not another's.
type abuseOrigin struct {
	cases     []abuse
	hostile   []string // addresses, in the order of cases
	healthy   []string
	round     atomic.Int64 // the newest item of each healthy source
	growing   bool         // each answer of a healthy source has a new item
	strangers atomic.Int64 // requests that nobody had a reason to make
}

const (
	healthySources = 20
	healthyItems   = 20
	// healthyDelay is how long a healthy source takes to answer, as one far away does.
	healthyDelay = 200 * time.Millisecond
)

func newAbuseOrigin(tb testing.TB) *abuseOrigin {
	tb.Helper()
	o := &abuseOrigin{}
	lure := loopback(tb, 9, func(http.ResponseWriter, *http.Request) { o.strangers.Add(1) })
	o.cases = abuses(lure + "/lure")
	for i, c := range o.cases {
		o.hostile = append(o.hostile, loopback(tb, 10+i, c.serve)+"/feed")
	}
	for i := range healthySources {
		o.healthy = append(o.healthy, loopback(tb, 100+i, o.serveHealthy)+"/feed")
	}
	return o
}

func (o *abuseOrigin) serveHealthy(w http.ResponseWriter, r *http.Request) {
	wait(r, healthyDelay)
	newest := o.round.Load()
	if o.growing {
		newest = o.round.Add(1)
	}
	io.WriteString(w, docStart)
	for i := max(0, newest-healthyItems); i < newest; i++ {
		fmt.Fprintf(w, "<item><guid>%d</guid><title>Report %d</title><description>%s</description></item>", i, i, strings.Repeat("what was seen ", 100))
	}
	io.WriteString(w, docEnd)
}

// loopback serves at 127.0.2.n.
func loopback(tb testing.TB, n int, h http.HandlerFunc) string {
	tb.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.0.2.%d:0", n))
	if err != nil {
		tb.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h}}
	srv.Start()
	tb.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

// yaml is a feeds.yaml of all sources, the hostile ones first.
func (o *abuseOrigin) yaml(dir string) string {
	var y strings.Builder
	fmt.Fprintf(&y, "site: {id: 'abuse.example,2026', contact: desk@abuse.example}\ndata: %s\nfetch: {scheduler: false, timeout: 8s, allow_networks: [127.0.0.0/8], per_host: {gap: 0s}}\nsources:\n", dir)
	for i, url := range o.hostile {
		fmt.Fprintf(&y, "  - {id: bad-%d, url: '%s'}\n", i, url)
	}
	for i, url := range o.healthy {
		fmt.Fprintf(&y, "  - {id: good-%d, url: '%s'}\n", i, url)
	}
	return y.String()
}
