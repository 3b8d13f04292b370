package newsroom_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The benchmark's origin: feeds of made-up articles on many loopback addresses,
// served by a process of its own so that its work is not counted as ours.
const (
	originFeeds = 1000
	originItems = 30
	originBytes = 60_000
	originHosts = 200
)

var benchWords = strings.Fields(`court tribunal detainee journalist activist lawyer minister village border asylum
 refugee prison police protest election ceasefire hospital school report commission inquiry appeal verdict warrant
 treaty rapporteur delegation family witness survivor community union strike river land embassy visa passport decree
 condemned released detained documented questioned adopted rejected upheld overturned reported verified denied
 confirmed published investigated blocked restored suspended expelled monitored evacuated protected Геноцид беженцы
 суд 人权 难民 法院 강제송환 인권 اللاجئون حقوق Nguyễn José Müller Søren arbitrary independent unlawful peaceful`)

// A benchFeed is one feed; its body follows from its number and version alone.
type benchFeed struct {
	number int
	host   string
	state  atomic.Pointer[benchDoc]
}

type benchDoc struct {
	version   int
	body, gz  []byte
	etag      string
	published time.Time
}

type benchOrigin struct {
	feeds       []*benchFeed
	conditional atomic.Bool
	started     time.Time
}

func sentence(r *rand.Rand, words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(benchWords[r.IntN(len(benchWords))])
	}
	return b.String()
}

// article is about size bytes of HTML.
func article(r *rand.Rand, host string, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<figure><img src="https://%s/media/%x.jpg" alt="%s"/></figure>`, host, r.Uint64(), sentence(r, 5))
	for b.Len() < size {
		switch r.IntN(8) {
		case 0:
			b.WriteString("<blockquote><p>" + sentence(r, 20) + ".</p></blockquote>\n")
		case 1:
			b.WriteString("<ul><li>" + sentence(r, 6) + "</li><li>" + sentence(r, 6) + "</li></ul>\n")
		case 2:
			fmt.Fprintf(&b, `<p class="wp-block">%s <a href="https://%s/%x?utm_source=rss&amp;utm_medium=feed">%s</a>.</p>`+"\n",
				sentence(r, 15), host, r.Uint32(), sentence(r, 4))
		default:
			b.WriteString("<p>" + sentence(r, 18) + ". <em>" + sentence(r, 2) + "</em> " + sentence(r, 14) + ".</p>\n")
		}
	}
	return b.String()
}

func (f *benchFeed) render(version int, start time.Time) *benchDoc {
	var b bytes.Buffer
	atom := f.number%2 == 1
	last := version + originItems - 1
	published := start.Add(time.Duration(last) * 37 * time.Minute)
	if atom {
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News %d</title><id>http://%s/</id><updated>%s</updated>`,
			f.number, f.host, published.Format(time.RFC3339))
	} else {
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News %d</title><link>http://%s/</link><description>News</description><language>en</language>`,
			f.number, f.host)
	}
	for n := last; n >= version; n-- {
		f.item(&b, n, start, atom)
	}
	if atom {
		b.WriteString("</feed>")
	} else {
		b.WriteString("</channel></rss>")
	}
	doc := &benchDoc{version: version, body: b.Bytes(), published: published, etag: fmt.Sprintf(`"%d-%d"`, f.number, version)}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(doc.body)
	w.Close()
	doc.gz = z.Bytes()
	return doc
}

func (f *benchFeed) item(b *bytes.Buffer, n int, start time.Time, atom bool) {
	r := rand.New(rand.NewPCG(uint64(f.number)+1, uint64(n)+1))
	size := originBytes/originItems - 650
	size = size/2 + r.IntN(size)
	when := start.Add(time.Duration(n) * 37 * time.Minute)
	link := fmt.Sprintf("https://news%d.example/%d/article-%x", f.number, n, r.Uint32())
	body := html.EscapeString(article(r, f.host, size*10/12))
	if atom {
		fmt.Fprintf(b, `<entry><title type="html">%s</title><link rel="alternate" href="%s"/><id>tag:news%d.example,2020:%d</id><published>%s</published><updated>%s</updated><author><name>%s</name></author><category term="%s"/><summary type="html">%s</summary><content type="html">%s</content></entry>`,
			sentence(r, 10), link, f.number, n, when.Format(time.RFC3339), when.Format(time.RFC3339), sentence(r, 2), sentence(r, 1), sentence(r, 20), body)
		return
	}
	fmt.Fprintf(b, `<item><title>%s</title><link>%s</link><dc:creator>%s</dc:creator><pubDate>%s</pubDate><category>%s</category><category>%s</category><guid isPermaLink="false">https://news%d.example/?p=%d</guid><description>%s</description><content:encoded>%s</content:encoded></item>`,
		sentence(r, 10), link, sentence(r, 2), when.Format(time.RFC1123Z), sentence(r, 1), sentence(r, 1), f.number, n, sentence(r, 20), body)
}

func (o *benchOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/control" {
		o.control(r)
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/feed/"))
	if err != nil || n < 0 || n >= len(o.feeds) {
		http.NotFound(w, r)
		return
	}
	doc := o.feeds[n].state.Load()
	if o.conditional.Load() {
		w.Header().Set("ETag", doc.etag)
		if r.Header.Get("If-None-Match") == doc.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", strconv.Itoa(len(doc.gz)))
	w.Write(doc.gz)
}

// control changes the origin: conditional=on|off, advance=N gives every Nth feed
// a new item.
func (o *benchOrigin) control(r *http.Request) {
	o.conditional.Store(r.FormValue("conditional") != "off")
	step, err := strconv.Atoi(r.FormValue("advance"))
	if err != nil || step <= 0 {
		return
	}
	for i := 0; i < len(o.feeds); i += step {
		f := o.feeds[i]
		f.state.Store(f.render(f.state.Load().version+1, o.started))
	}
}

// runBenchOrigin serves until its input closes, and prints its port.
func runBenchOrigin(port int) {
	o := &benchOrigin{started: time.Now().UTC().Truncate(time.Hour).Add(-72 * time.Hour)}
	o.conditional.Store(true)
	for i := range originFeeds {
		f := &benchFeed{number: i, host: benchHost(i, port)}
		f.state.Store(f.render(0, o.started))
		o.feeds = append(o.feeds, f)
	}
	srv := &http.Server{Handler: o}
	for i := range originHosts {
		ln, err := net.Listen("tcp", benchHost(i, port))
		if err != nil {
			panic(err)
		}
		go srv.Serve(ln)
	}
	fmt.Println("ready")
	select {}
}

// benchHost spreads the feeds over loopback addresses.
func benchHost(i, port int) string {
	return fmt.Sprintf("127.0.%d.%d:%d", 1+i%originHosts/250, 1+i%originHosts%250, port)
}
