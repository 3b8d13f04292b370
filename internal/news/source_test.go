package news

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStamp: of a private source nothing is told but whether an address is the
// same.
func TestStamp(t *testing.T) {
	const a, b = "https://news.example/feed?token=6f1ed002ab55", "https://news.example/feed?token=6f1ed002ab56"
	open, private := Source{URL: a}, Source{URL: a, Private: true}
	if open.Stamp(a) != a || open.Stamp("") != "" || private.Stamp("") != "" {
		t.Errorf("stamps %q, %q, %q", open.Stamp(a), open.Stamp(""), private.Stamp(""))
	}
	got := private.Stamp(a)
	if got != private.Stamp(a) || got == private.Stamp(b) || got == private.Stamp(a+" ") {
		t.Errorf("%q does not tell addresses apart", got)
	}
	if !strings.HasPrefix(got, "sha256:") || len(got) != len("sha256:")+64 || strings.Contains(got, "example") {
		t.Errorf("stamp %q", got)
	}
}

// TestAddress: an adopted address is asked as long as the source's own is the one
// that led there.
func TestAddress(t *testing.T) {
	const own, moved = "https://news.example/feed", "https://news.example/new"
	for _, private := range []bool{false, true} {
		src := Source{URL: own, Private: private}
		for name, c := range map[string]struct {
			visit Visit
			want  string
		}{
			"never asked":           {Visit{}, own},
			"stays":                 {Visit{URL: src.Stamp(own)}, own},
			"seen twice":            {Visit{URL: src.Stamp(own), Moved: Move{To: moved, Count: 2}}, own},
			"adopted":               {Visit{URL: src.Stamp(own), Moved: Move{To: moved, Count: 3, Adopted: true}}, moved},
			"adopted for another":   {Visit{URL: src.Stamp("https://old.example/"), Moved: Move{To: moved, Adopted: true}}, own},
			"edited to where it is": {Visit{URL: src.Stamp(moved), Moved: Move{To: moved, Adopted: true}}, own},
		} {
			if got := c.visit.Address(&src); got != c.want {
				t.Errorf("%s, private %v: %s, want %s", name, private, got, c.want)
			}
		}
	}
}

// TestHealths: every state is listed once, and only those that bring news are
// readable.
func TestHealths(t *testing.T) {
	readable := map[Health]bool{
		HealthOK: true, HealthMoved: true, HealthTruncated: true,
		HealthNew: false, HealthOff: false, HealthEmpty: false, HealthNotFeed: false, HealthFrozen: false, HealthOverdue: false, HealthBlocked: false,
		HealthGone: false, HealthUnreachable: false, HealthMalformed: false, HealthFailing: false,
	}
	all := Healths()
	for h, want := range readable {
		if h.Readable() != want {
			t.Errorf("%s: readable %v", h, !want)
		}
		if !slices.Contains(all, h) {
			t.Errorf("%s is not listed", h)
		}
	}
	if len(all) != len(readable) || all[0] != HealthOK || Health("").Readable() {
		t.Errorf("%v", all)
	}
}

func TestSubscriptionActive(t *testing.T) {
	for _, c := range []struct {
		sub  Subscription
		want bool
	}{
		{Subscription{}, false},
		{Subscription{Asked: seen}, false},
		{Subscription{Expires: seen}, false},
		{Subscription{Expires: seen.Add(time.Second)}, true},
		{Subscription{Expires: seen.Add(-day)}, false},
	} {
		if got := c.sub.Active(seen); got != c.want {
			t.Errorf("%+v: active %v", c.sub, got)
		}
	}
}
