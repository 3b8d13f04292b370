// Package demo is the sample newsroom: invented sources in several languages,
// formats and encodings, and the origin server they are fetched from, so that the
// whole newswire can be tried without a network.
//
// What a source says depends only on the embedded files, the moment the origin
// was made and how often its feed was asked for; every answer of one edition is
// the same bytes. Fetching, reading and publishing are left to others: this is a
// web server like any other, and as ill-behaved as real ones in places.
package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed newsroom templates
var files embed.FS

// Config returns a complete feeds.yaml whose sources are served by an Origin at
// origin, an absolute http URL without a path, such as http://127.0.0.1:8090.
// The site listens on listen (host:port) and keeps its data in the folder
// dataDir.
func Config(origin, listen, dataDir string) []byte {
	src, err := files.ReadFile("newsroom/feeds.yaml")
	if err != nil {
		panic(fmt.Sprintf("demo: read the embedded feeds.yaml: %v", err))
	}
	values := strings.NewReplacer(
		"@ORIGIN@", strings.TrimSuffix(origin, "/"),
		"@LISTEN@", listen,
		"@DATA@", strconv.Quote(dataDir),
	)
	return []byte(values.Replace(string(src)))
}

// Origin returns the server of the sample sources: feeds under /feeds/, their
// articles under /articles/, media under /media/. Dates of articles count back
// from now, once and for all. One source is broken, one answers after a second
// and a half, and one corrects an article and adds another from the second
// request for its feed on. Links point to the host that a request names.
func Origin(now time.Time) http.Handler {
	outlets, err := load(now.Truncate(time.Second))
	if err != nil { // the files are part of the program, and tests read them all
		panic(fmt.Sprintf("demo: %v", err))
	}
	o := &origin{outlets: outlets, now: now.Truncate(time.Second)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", o.index)
	mux.HandleFunc("GET /feeds/{path}", o.feed)
	mux.HandleFunc("GET /sites/{outlet}/{$}", o.site)
	mux.HandleFunc("GET /articles/{outlet}/{slug}", o.article)
	mux.HandleFunc("GET /media/{name}", o.media)
	return mux
}

// origin serves the outlets; it is safe for concurrent use.
type origin struct {
	outlets []*outlet
	now     time.Time
}

// outlet finds an outlet by its id, or nil.
func (o *origin) outlet(id string) *outlet {
	i := slices.IndexFunc(o.outlets, func(out *outlet) bool { return out.ID == id })
	if i < 0 {
		return nil
	}
	return o.outlets[i]
}

func (o *origin) feed(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(o.outlets, func(out *outlet) bool { return out.Path == r.PathValue("path") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	out := o.outlets[i]
	if wait(r.Context(), out.Slow) != nil {
		return // nobody is left to answer
	}
	if r.Method == http.MethodGet {
		out.asked.Add(1)
	}
	e := out.edition("http://" + r.Host)
	body, err := render(e)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", out.Type)
	if !out.LastModified {
		e.Updated = time.Time{}
	}
	send(w, r, body, out.ETag, e.Updated)
}

func (o *origin) media(w http.ResponseWriter, r *http.Request) {
	contentType, body := drawMedia(r.PathValue("name"))
	if body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType)
	send(w, r, body, true, o.now)
}

// wait lets d pass, or returns the context's error as soon as it is done.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send answers with body, gzipped for whoever takes it, or with 304. A zero
// modified sends no Last-Modified.
func send(w http.ResponseWriter, r *http.Request, body []byte, etag bool, modified time.Time) {
	sum := sha256.Sum256(body)
	tag := fmt.Sprintf("%x", sum[:8])
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		var b bytes.Buffer // takes everything: neither call can fail
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		body = b.Bytes()
		tag += "-gzip" // a strong validator names one representation
	}
	if etag {
		h.Set("ETag", `"`+tag+`"`)
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}
