package demo_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/config"
	"rightswire/internal/demo"
	"rightswire/internal/news"
)

const origin = "http://127.0.0.1:8090"

func parse(t *testing.T, dataDir string) *config.Config {
	t.Helper()
	c, err := config.Parse("feeds.yaml", demo.Config(origin, "127.0.0.1:8091", dataDir))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfig(t *testing.T) {
	c := parse(t, t.TempDir())
	if len(c.Sources) < 8 || len(c.Channels) < 5 {
		t.Errorf("%d sources, %d channels", len(c.Sources), len(c.Channels))
	}
	if !slices.Equal(c.Server.Listen, []string{"127.0.0.1:8091"}) || c.Site.URL != "http://127.0.0.1:8091" {
		t.Errorf("listens on %q for %s", c.Server.Listen, c.Site.URL)
	}
	if !strings.HasSuffix(c.Site.Contact, "example.org") || !strings.Contains(c.Site.ID, "example.org,") {
		t.Errorf("contact is %s, id is %s", c.Site.Contact, c.Site.ID)
	}
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	if !slices.Equal(c.Fetch.AllowNetworks, []netip.Prefix{loopback}) || c.Fetch.HostGap != 0 {
		t.Errorf("allows %v with a gap of %v", c.Fetch.AllowNetworks, c.Fetch.HostGap)
	}
	if !slices.ContainsFunc(c.Channels, func(ch news.Channel) bool { return ch.Review == news.ReviewManual }) ||
		!slices.ContainsFunc(c.Channels, func(ch news.Channel) bool { return ch.When != "" }) {
		t.Error("lacks a channel reviewed by hand or one with an expression")
	}
	for _, n := range c.Notices {
		t.Errorf("notice: %+v", n)
	}
}

func TestConfigQuotesTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `my "news" # 1: données`)
	if c := parse(t, dir); c.Data != dir {
		t.Errorf("data is %q, want %q", c.Data, dir)
	}
}

// TestEverySourceIsServed asks the origin for each source of the configuration.
func TestEverySourceIsServed(t *testing.T) {
	sources := parse(t, t.TempDir()).Sources
	synctest.Test(t, func(t *testing.T) { // one is slow
		h := demo.Origin(time.Now())
		for _, src := range sources {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, src.URL, nil))
			if w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s: status %d, %d bytes", src.ID, w.Code, w.Body.Len())
			}
		}
	})
}
