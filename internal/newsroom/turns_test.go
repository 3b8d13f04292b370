package newsroom

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// The state of the sources by country, which tells readers nothing that is not
// theirs to know.
func TestHealthByCountry(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: both, title: Both, url: $a, countries: [UA, BY], kind: media, language: be}
  - {id: web, title: Web page, url: "$b?token=3f9c2a7b81d04e65", countries: [BY]}
  - {id: world, title: World, url: $c}
  - {id: alesund, title: Å, url: $d, countries: [AX]}
  - {id: still, title: Still, url: $e, poll: false, countries: [BY]}
`)
	r.outlet("a").say(entry{guid: "1", title: "new", date: daysAgo(1)})
	r.outlet("b").sayRaw("<html><title>Sign in, and mind hunter2</title></html>")
	r.outlet("c").say(numbered(1, 2)...)
	r.outlet("d").say(numbered(1, 2)...)
	if _, err := r.Refresh(t.Context(), RefreshOrder{All: true}, nil); err != nil {
		t.Fatal(err)
	}
	v, err := r.Health()
	if err != nil || v.Polled != 4 || v.Readable != 3 {
		t.Fatalf("%+v, %v", v, err)
	}
	var got []string
	for _, c := range v.Countries {
		var ids []string
		for _, s := range c.Sources {
			ids = append(ids, string(s.ID)+" "+string(s.State))
			if s.Meaning == "" || s.Since.IsZero() || s.State == news.HealthOK && s.Newest.IsZero() {
				t.Errorf("%+v", s)
			}
		}
		got = append(got, fmt.Sprintf("%s %q: %d of %d: %s", c.Country, c.Name, c.Readable, len(c.Sources), strings.Join(ids, ", ")))
	}
	want := []string{
		`AX "Åland Islands": 1 of 1: alesund ok`,
		`BY "Belarus": 1 of 2: both ok, web not-a-feed`,
		`UA "Ukraine": 1 of 1: both ok`,
		` "": 1 of 1: world ok`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	all, err := json.Marshal(v)
	for _, no := range []string{"127.0.0.1", "http", "token", "3f9c2a7b81d04e65", "hunter2", "Sign in"} {
		if err != nil || strings.Contains(string(all), no) {
			t.Errorf("%v: it holds %q: %s", err, no, all)
		}
	}
}

func TestTurns(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: Radio A, url: $a}
  - {id: still, title: P, url: $p, poll: false}
`)
	none, err := r.Turns()
	if err != nil || len(none.Turns) != 0 || none.Modified.IsZero() {
		t.Fatalf("at first: %+v, %v", none, err)
	}
	at := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	add := func(turns ...news.Turn) {
		r.update(func(tx *store.Tx) error {
			for _, turn := range turns {
				turn.Why = "GET https://a.example/?token=3f9c2a7b81d04e65: status 403"
				if _, err := tx.Origin(turn.Source, nil); err != nil {
					return err
				}
				if err := tx.AddTurn(&turn); err != nil {
					return err
				}
			}
			return nil
		})
	}
	add(
		news.Turn{Source: "a", To: news.HealthOK, At: at.Add(-3 * time.Minute)}, // no news
		news.Turn{Source: "a", From: news.HealthOK, To: news.HealthBlocked, At: at.Add(-2 * time.Minute)},
		news.Turn{Source: "still", From: news.HealthOK, To: news.HealthGone, At: at.Add(-time.Minute)},
		news.Turn{Source: "former", From: news.HealthOK, To: news.HealthGone, At: at.Add(-time.Minute)},
		news.Turn{Source: "a", From: news.HealthBlocked, To: news.HealthOK, At: at},
	)
	list, err := r.Turns()
	if err != nil || len(list.Turns) != 2 || !list.Modified.Equal(at) {
		t.Fatalf("%+v, %v", list, err)
	}
	first, second := list.Turns[0], list.Turns[1]
	if first.Seq != 5 || first.To != news.HealthOK || second.Seq != 2 || second.From != news.HealthOK || second.To != news.HealthBlocked ||
		second.Title != "Radio A" || second.Meaning == "" || !second.At.Equal(at.Add(-2*time.Minute)) {
		t.Errorf("%+v", list)
	}
	if all, err := json.Marshal(list); err != nil || strings.Contains(string(all), "token") {
		t.Errorf("%v: %s", err, all)
	}
	for range listedTurns + 10 {
		add(news.Turn{Source: "a", From: news.HealthOK, To: news.HealthBlocked, At: at})
	}
	if list, err := r.Turns(); err != nil || len(list.Turns) != listedTurns || list.Turns[0].Seq != uint64(5+listedTurns+10) {
		t.Errorf("%d turns, %v", len(list.Turns), err)
	}
}
