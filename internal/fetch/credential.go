package fetch

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/net/http/httpguts"

	"rightswire/internal/news"
)

// managed are the header fields that a Source cannot set: those that frame a
// message or concern one connection (RFC 9110 section 7.6.1), and those that the
// client answers for.
var managed = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Forwarded", "Host",
	"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "User-Agent", "Via",
}

// checkHeader says what keeps a header field from being sent with the requests of
// a source, if anything. The error names the field and never shows its value.
func checkHeader(f news.Field) error {
	switch {
	case !httpguts.ValidHeaderFieldName(f.Name):
		return fmt.Errorf("header name %q is invalid: letters, digits and hyphens make one", f.Name)
	case slices.Contains(managed, http.CanonicalHeaderKey(f.Name)):
		return fmt.Errorf("header %s is set by the client itself", f.Name)
	case !httpguts.ValidHeaderFieldValue(f.Value.Reveal()):
		return fmt.Errorf("header %s holds a control character", f.Name)
	}
	return nil
}

// hasCredentials reports whether src has something to send that is for its own
// host alone.
func hasCredentials(src *news.Source) bool {
	return len(src.Headers) > 0 || src.User != "" || src.Password != ""
}

// identify adds to h what src's own host is to know. A header that the operator
// wrote out goes before what user and password make.
func identify(h http.Header, src *news.Source) {
	if src.User != "" || src.Password != "" {
		pair := src.User + ":" + src.Password.Reveal() // RFC 7617 section 2
		h["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}
	}
	for _, f := range src.Headers {
		h[http.CanonicalHeaderKey(f.Name)] = []string{f.Value.Reveal()}
	}
}

// sameOrigin reports whether two URLs lead to one scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	if a.Scheme != b.Scheme || a.Hostname() != b.Hostname() {
		return false
	}
	if a.Host == b.Host {
		return true
	}
	p, err := portOf(a)
	q, err2 := portOf(b)
	return err == nil && err2 == nil && p == q
}
