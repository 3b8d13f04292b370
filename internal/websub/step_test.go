package websub

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// A lease is renewed before it ends, year in, year out, at about two thirds of it
// and under the same callback, so that no moment is without one.
func TestRenew(t *testing.T) {
	for _, lease := range []time.Duration{2 * time.Hour, 24 * time.Hour, 10 * 24 * time.Hour} {
		t.Run(lease.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "a")
				b.offer("a", hubA, topicA)
				b.hub.set(b.accept(lease))
				b.run()
				defer b.stop()
				synctest.Wait()
				first := b.subscription("a")
				for range 4 * 12 {
					time.Sleep(lease / 12)
					synctest.Wait()
					if sub := b.subscription("a"); !sub.Active(time.Now()) {
						t.Fatal("the lease ended")
					}
				}
				got := b.hub.got()
				if len(got) < 6 || len(got) > 8 { // 4 leases, each asked for at 7/12 to 8/12 of the one before
					t.Errorf("asked %d times", len(got))
				}
				for i := range got[1:] {
					gap := got[i+1].at.Sub(got[i].at)
					if gap < lease*7/12-2*time.Second || gap > lease*8/12+lookEvery+2*time.Second || gap < askGap {
						t.Errorf("asked again after %v", gap)
					}
					if got[i+1].form.Get("hub.callback") != base+first.Token || got[i+1].form.Get("hub.secret") != first.Key.Reveal() {
						t.Error("renewed under another callback or key")
					}
				}
			})
		})
	}
}

// A hub that does not answer, does not verify, or says no is asked ever less often;
// restarts do not change that, and once it verifies all is well.
func TestBackOff(t *testing.T) {
	for name, answer := range map[string]func(request) (int, error){
		"dead":   dead,
		"silent": silent,
		"busy":   func(request) (int, error) { return http.StatusServiceUnavailable, nil },
		"no":     func(request) (int, error) { return http.StatusForbidden, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "a")
				b.offer("a", hubA, topicA)
				b.hub.set(answer)
				for range 10 * 24 {
					b.renew()
					b.run()
					time.Sleep(time.Hour)
					b.stop()
				}
				got := b.hub.got()
				if len(got) < 8 || len(got) > 16 {
					t.Errorf("asked %d times in 10 days", len(got))
				}
				last := time.Duration(0)
				for i := range got[1:] {
					gap := got[i+1].at.Sub(got[i].at)
					if gap < askGap || gap+2*lookEvery < min(last, maxGap) {
						t.Errorf("asked again after %v, having waited %v before", gap, last)
					}
					last = gap
				}
				b.hub.set(b.accept(24 * time.Hour))
				b.renew()
				b.run()
				defer b.stop()
				time.Sleep(2 * maxGap)
				if sub := b.subscription("a"); !sub.Active(time.Now()) || sub.Failures != 0 || sub.Refused != "" {
					t.Errorf("back again: %+v", sub)
				}
			})
		})
	}
}

// A feed that names another hub or topic, a source that leaves, and a switch that is
// turned off: the hub is asked to stop, and whoever comes next is asked within
// hours.
func TestChange(t *testing.T) {
	away := "unsubscribe " + hubA + " " + topicA
	for name, c := range map[string]struct {
		change func(*bench)
		want   []string
	}{
		"another hub":   {func(b *bench) { b.offer("a", hubB, topicA) }, []string{away, "subscribe " + hubB + " " + topicA}},
		"another topic": {func(b *bench) { b.offer("a", hubA, topicA+"2") }, []string{away, "subscribe " + hubA + " " + topicA + "2"}},
		"no hub":        {func(b *bench) { b.offer("a", "", "") }, []string{away}},
		"source left":   {func(b *bench) { b.plan.Sources = nil }, []string{away}},
		"not polled":    {func(b *bench) { b.plan.Sources = []news.Source{{ID: "a", URL: "https://a.example/feed"}} }, []string{away}},
		"off":           {func(b *bench) { b.plan.On = false }, []string{away}},
		// The old address is not known any more, nor does anybody listen there.
		"another base": {func(b *bench) { b.plan.Base = "https://new.example/websub/" }, []string{"subscribe " + hubA + " " + topicA}},
	} {
		for verifies, answer := range map[string]func(*bench) func(request) (int, error){
			"verifies": func(b *bench) func(request) (int, error) { return b.accept(24 * time.Hour) },
			"unknown":  func(*bench) func(request) (int, error) { return func(request) (int, error) { return 404, nil } },
		} {
			t.Run(name+" "+verifies, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, "a")
					b.offer("a", hubA, topicA)
					b.run()
					defer b.stop()
					time.Sleep(2 * time.Hour)
					before := b.subscription("a")
					b.expect("before", "subscribe "+hubA+" "+topicA)
					b.hub.set(answer(b))
					c.change(b)
					b.Follow(b.plan)
					time.Sleep(5 * time.Hour)
					b.expect("after", c.want...)
					after := b.subscription("a")
					if len(c.want) == 1 && c.want[0] == away {
						if after.Token != "" {
							t.Errorf("still there: %+v", after)
						}
					} else if after.Token == before.Token || after.Key == before.Key || after.Token == "" {
						t.Error("another subscription under the same callback or key")
					}
				})
			})
		}
	}
}

// A hub that has died is asked to stop only twice.
func TestFarewellToTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a")
		b.offer("a", hubA, topicA)
		b.run()
		defer b.stop()
		time.Sleep(2 * time.Hour)
		b.hub.got()
		b.hub.set(dead)
		b.offer("a", hubB, topicA)
		time.Sleep(4 * time.Hour)
		away := "unsubscribe " + hubA + " " + topicA
		b.expect("dead", away, away, "subscribe "+hubB+" "+topicA)
	})
}

// A feed that names another hub each time, and hubs that do all they can to have us
// ask more often, get no more than a request an hour.
func TestOnceAnHour(t *testing.T) {
	for name, lease := range map[string]time.Duration{"at once": 0, "a day": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "a")
				b.hub.set(b.accept(lease))
				b.run()
				defer b.stop()
				for i := range 48 * 60 / 7 {
					hub := fmt.Sprintf("https://hub-%d.example/", i)
					if i%3 == 0 {
						hub = ""
					}
					b.offer("a", hub, topicA)
					b.Follow(b.plan)
					time.Sleep(7 * time.Minute)
				}
				got := b.hub.got()
				for i := range got[1:] {
					if gap := got[i+1].at.Sub(got[i].at); gap < askGap {
						t.Errorf("%s of %s %v after %s of %s", got[i+1].form.Get("hub.mode"), got[i+1].address, gap, got[i].form.Get("hub.mode"), got[i].address)
					}
				}
				if len(got) < 20 {
					t.Errorf("asked only %d times", len(got))
				}
			})
		})
	}
}

// A hub that says no is believed, whenever it does.
func TestDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a")
		b.offer("a", hubA, topicA)
		b.run()
		defer b.stop()
		time.Sleep(3 * 24 * time.Hour)
		b.hub.got()
		sub := b.subscription("a")
		target := base + sub.Token
		no := url.Values{"hub.mode": {"denied"}, "hub.topic": {topicA}, "hub.reason": {"We\ndo not \x1b[31m like you"}}
		if w := b.call("GET", target, no); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
		sub = b.subscription("a")
		if sub.Active(time.Now()) || sub.Refused != "We do not [31m like you" {
			t.Errorf("got %+v", sub)
		}
		if b.verify(formOf(sub.Token), time.Hour) {
			t.Error("confirmed what was denied")
		}
		time.Sleep(maxGap - 2*lookEvery)
		b.expect("at once")
		time.Sleep(4 * lookEvery)
		b.expect("a day later", "subscribe "+hubA+" "+topicA)
		if sub := b.subscription("a"); !sub.Active(time.Now()) || sub.Refused != "" {
			t.Errorf("got %+v", sub)
		}
	})
}

// A restart or a clock that jumps, near the end of a lease or far from it, leaves no
// subscription without its renewal.
func TestClockAndRestart(t *testing.T) {
	const lease = 10 * 24 * time.Hour
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		age  time.Duration // of the lease when the clock jumps
		jump time.Duration
	}{
		"restart":              {age: lease - time.Minute},
		"lapsed while away":    {age: 2 * lease},
		"an hour on at end":    {lease - time.Minute, time.Hour},
		"an hour back at end":  {lease - time.Minute, -time.Hour},
		"an hour back at once": {time.Minute, -time.Hour},
		"a year back":          {lease / 2, -year},
		"ten years on":         {lease / 2, 10 * year},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "a")
				b.offer("a", hubA, topicA)
				b.Follow(b.plan)
				if err := b.look(t.Context()); err != nil {
					t.Fatal(err)
				}
				b.hub.got()
				// The bubble's clock cannot be set: what is stored is moved instead.
				sub := b.subscription("a")
				sub.Asked = sub.Asked.Add(-c.age - c.jump)
				sub.Expires = sub.Expires.Add(-c.age - c.jump)
				b.put(sub)
				b.renew()
				b.run()
				defer b.stop()
				synctest.Wait()
				want := []string{"subscribe " + hubA + " " + topicA}
				b.expect("renewed", want...)
				now := time.Now()
				sub = b.subscription("a")
				if left := sub.Expires.Sub(now); left <= lease-2*time.Second || left > lease {
					t.Errorf("the lease ends in %v", left)
				}
				time.Sleep(5 * 24 * time.Hour)
				b.expect("once")
			})
		})
	}
}

// What is stored of a subscription comes back from the store after a restart, and
// nothing is asked that is not due.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a")
		b.offer("a", hubA, topicA)
		for range 100 {
			b.renew()
			b.run()
			synctest.Wait()
			b.stop()
		}
		b.expect("100 restarts", "subscribe "+hubA+" "+topicA)
	})
}

// HTTPS is tried first where a feed names a hub without it, and then by turns.
func TestFavourHTTPS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a", "b")
		b.offer("a", "http://hub.example/", topicA)
		b.hub.set(func(r request) (int, error) {
			if r.address != "http://hub.example/" {
				return http.StatusNotFound, nil
			}
			return b.accept(24 * time.Hour)(r)
		})
		b.run()
		defer b.stop()
		time.Sleep(2 * time.Hour)
		b.expect("by turns", "subscribe https://hub.example/ "+topicA, "subscribe http://hub.example/ "+topicA)
		b.offer("b", "http://hub.example:8080/", topicA)
		b.hub.set(silent)
		time.Sleep(2 * lookEvery)
		b.expect("a port", "subscribe http://hub.example:8080/ "+topicA)
	})
}
