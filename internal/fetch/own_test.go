package fetch

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func TestOwn(t *testing.T) {
	tests := []struct {
		own, url string
		refused  bool
	}{
		{"wire.example.org", "https://wire.example.org/channels/kp/rss.xml", true},
		{"wire.example.org", "http://WIRE.example.org.:8080/", true},
		{"wire.example.org", "https://example.org/", false},
		{"wire.example.org", "https://a.wire.example.org/", false},
		{"Wire.Example.org:8443", "https://wire.example.org:8443/", true},
		{"wire.example.org:8443", "https://wire.example.org/", false},
		{"https://wire.example.org", "https://wire.example.org/", true},
		{"https://wire.example.org", "http://wire.example.org/rss.xml", true},
		{"https://wire.example.org:443/", "http://wire.example.org/", true},
		{"https://wire.example.org:8443/", "https://wire.example.org/", false},
		{"https://ngo.example/wire", "https://ngo.example/wire", true},
		{"https://ngo.example/wire", "https://ngo.example/wire/rss.xml", true},
		{"https://ngo.example/wire/", "https://ngo.example/wire?x", true},
		{"https://ngo.example/wire", "https://ngo.example/wireless", false},
		{"https://ngo.example/wire", "https://ngo.example/feed", false},
		{"https://bücher.example/", "https://xn--bcher-kva.example/", true},
		{"https://xn--bcher-kva.example/", "https://BÜCHER.example/", true},
		{"9.9.9.9", "https://9.9.9.9/", true},
		{"9.9.9.9:443", "https://0x09090909/", true},
		{"9.9.9.9:443", "https://[::ffff:9.9.9.9]/", true},
		{"9.9.9.9:443", "http://9.9.9.9/", false},
		{"[2620:fe::9]:80", "http://[2620:fe:0::9]/", true},
		{"127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"127.0.0.1:8080", "http://0x7f.1:8080/", true},
		{"127.0.0.1:8080", "http://[::ffff:7f00:1]:8080/", true},
		{"127.0.0.1:8080", "http://localhost:8080/", true},
		{"127.0.0.1:8080", "http://127.0.0.1:9090/", false},
		{"127.0.0.1:8080", "http://127.0.0.2:8080/", false},
		{"localhost:8080", "http://127.0.0.1:8080/", true},
		{"localhost:8080", "http://[::1]:8080/", true},
		{"localhost:8080", "http://localhost:8080/", true},
		{":8080", "http://127.0.0.1:8080/", true},
		{":8080", "http://127.9.9.9:8080/", true},
		{":8080", "http://[::1]:8080/", true},
		{":8080", "http://127.0.0.1:8081/", false},
		{"0.0.0.0:8080", "http://127.0.0.1:8080/", true},
		{"[::]:8080", "http://127.0.0.1:8080/", true},
		{":80", "http://9.9.9.9/", false},
		{"127.0.0.1:0", "http://127.0.0.1:8080/", false},
		{":0", "http://127.0.0.1:8080/", false},
		{"127.0.0.1:8080", "http://0.0.0.0:8080/", true},
		{"9.9.9.9:8080", "http://0.0.0.0:8080/", false},
	}
	allow := prefixes("127.0.0.0/8", "::1/128", "0.0.0.0/32")
	for _, tt := range tests {
		o, err := parseOwn([]string{"unrelated.example", tt.own})
		if err != nil {
			t.Errorf("%q: %v", tt.own, err)
			continue
		}
		u, err := parseURL(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if err := newGuard(allow, []int{8080, 8443}, o).admit(u); errors.Is(err, errOwn) != tt.refused {
			t.Errorf("own %q: %s: %v", tt.own, tt.url, err)
		}
	}
	for _, bad := range []string{"", ":", ":x", "a b", "http://", "ftp://a.example", ":70000", "a.example:70000"} {
		if o, err := parseOwn([]string{bad}); err == nil {
			t.Errorf("%q: got %+v", bad, o)
		}
	}
	if _, err := New(Options{UserAgent: "a", Own: []string{"http://"}}); err == nil || !strings.Contains(err.Error(), "own address") {
		t.Errorf("got %v", err)
	}
}

// A proxy would reach our public address as well.
func TestOwnBeyondProxy(t *testing.T) {
	p, viaHTTP, viaSOCKS := proxies(t, nil)
	for _, proxy := range []string{viaHTTP, viaSOCKS} {
		c := newClient(t, func(o *Options) { o.Proxy, o.Own = proxy, []string{"https://wire.example.org"} })
		_, err := get(t, c, "http://wire.example.org/rss.xml")
		failed(t, err, news.FailRefused)
	}
	if asked := p.taken(); len(asked) != 0 {
		t.Errorf("asked for %q", asked)
	}
}

// Whatever leads to our own listeners, with whatever the operator allows, nothing
// is asked there.
func TestOwnIsNeverFetched(t *testing.T) {
	secret := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s with %v", r.URL, r.Header) })
	mine := secret.Listener.Addr().String()
	port := mine[strings.LastIndexByte(mine, ':'):]
	names := newNameServer(t)
	names.say("rebound.example", "127.0.0.1")
	origin := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	})
	for _, own := range []string{mine, port, "http://" + mine, "localhost" + port, "0.0.0.0" + port, "[::]" + port} {
		c := newClient(t, func(o *Options) {
			o.Own, o.AllowNetworks = []string{own}, append(loopbackNetworks(), netip.MustParsePrefix("::1/128"))
		})
		for _, address := range []string{
			secret.URL, "http://rebound.example" + port, "http://localhost" + port, "http://0x7f000001" + port, "http://[::ffff:127.0.0.1]" + port,
		} {
			for way, ask := range waysTo(t, c, address, origin.URL+"/?to="+url.QueryEscape(address)) {
				if err := ask(); !errors.Is(err, errOwn) {
					t.Errorf("own %q: %s %s: %v", own, way, address, err)
				}
			}
		}
	}
}
