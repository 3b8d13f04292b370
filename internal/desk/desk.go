// Package desk is the listener for operators, apart from the readers': it tells
// in numbers how the newswire is doing.
//
// Its invariant is whom it answers: only a request that names the desk by an IP
// address, by localhost or by the host it was told to listen on. A web page that
// points a name of its own at this machine (DNS rebinding) learns nothing. Who
// can reach the listener at all is up to server.desk; what the numbers are is the
// newsroom's.
package desk

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rightswire/internal/newsroom"
	"rightswire/internal/web"
)

// A Desk answers the requests of operators.
type Desk struct {
	hosts   []string // names it goes by, besides localhost and any IP address
	metrics http.Handler
}

// scrapes is how many requests for metrics are answered at a time: each reads the
// store.
const scrapes = 2

// New returns the desk of room, which listens on addresses, each host:port.
func New(room *newsroom.Newsroom, addresses []string, log *slog.Logger) *Desk {
	d := &Desk{}
	for _, address := range addresses {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			d.hosts = append(d.hosts, strings.ToLower(host))
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(room))
	d.metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		MaxRequestsInFlight: scrapes,
	})
	return d
}

const welcome = `Rightswire: the operators' side.

/metrics   numbers for Prometheus`

// ServeHTTP answers one request.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !d.means(r.Host):
		web.Plain(w, r, http.StatusMisdirectedRequest, "This desk goes by its IP address, by localhost, or by the host in server.desk of feeds.yaml.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		web.Plain(w, r, http.StatusMethodNotAllowed, "There is nothing to do here but to read.")
	case r.URL.Path == "/":
		web.Plain(w, r, http.StatusOK, welcome)
	case r.URL.Path == "/metrics":
		web.Secure(w.Header())
		w.Header().Set("Cache-Control", "no-store")
		d.metrics.ServeHTTP(w, r)
	default:
		web.Plain(w, r, http.StatusNotFound, "There is nothing at this address.")
	}
}

// means reports whether a request for host, with or without a port, is meant for
// the desk.
func (d *Desk) means(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(d.hosts, host)
}
