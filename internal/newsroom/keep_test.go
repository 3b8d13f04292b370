package newsroom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const year = 365 * 24 * time.Hour

const retainYAML = `
retain: {unpublished: 365d}
sources:
  - {id: a, title: A, url: $a, skip: 'title contains "skip"'}
  - {id: m, title: M, url: $m, review: manual}
  - {id: b, title: B, url: $b}
`

func (r *room) expire(now time.Time) {
	r.t.Helper()
	if err := r.Newsroom.expire(r.t.Context(), now); err != nil {
		r.t.Fatal(err)
	}
}

// Retention takes the bodies of what has been unpublished for long enough, and
// nothing of what is shown, held, or without a source.
func TestRetention(t *testing.T) {
	r := openRoom(t, retainYAML)
	texts := map[string]*outlet{"a": r.outlet("a"), "m": r.outlet("m"), "b": r.outlet("b")}
	texts["a"].say(
		entry{guid: "shown", title: "shown", body: "Text", date: daysAgo(9)}, entry{guid: "skipped", title: "skip this", body: "Text"},
		entry{guid: "rejected", title: "rejected", body: "Text"}, entry{guid: "held", title: "held", body: "Text"},
		entry{guid: "released", title: "released", body: "Text"}, entry{guid: "withdrawn", title: "withdrawn", body: "Text"},
	)
	texts["m"].say(entry{guid: "approved", title: "approved", body: "Text"}, entry{guid: "waiting", title: "waiting", body: "Text"})
	texts["b"].say(entry{guid: "orphan", title: "orphan", body: "Text"})
	r.refresh()
	r.decide(news.Reject, guid("a", "rejected"), Ruling{})
	r.decide(news.Withdraw, guid("a", "withdrawn"), Ruling{})
	r.decide(news.Hold, guid("a", "held"), Ruling{})
	r.decide(news.Hold, guid("a", "released"), Ruling{Until: time.Now().Add(24 * time.Hour)})
	r.decide(news.Approve, guid("m", "approved"), Ruling{})
	r.decide(news.Reject, guid("b", "orphan"), Ruling{})
	yaml := strings.Replace(retainYAML, "  - {id: b, title: B, url: $b}\n", "", 1)
	r.follow(yaml)

	expired := func(now time.Time) string {
		t.Helper()
		r.expire(now)
		var gone []string
		err := r.store.View(func(tx *store.Tx) error {
			return tx.Walk(store.Facet{Kind: store.All}, time.Time{}, func(it *news.Item) (bool, error) {
				if it.Expired {
					gone = append(gone, it.GUID)
				}
				return true, nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(len(gone), gone)
	}
	if got := expired(time.Now().Add(year - time.Hour)); got != "0 []" {
		t.Errorf("before its time: %s", got)
	}
	got := expired(time.Now().Add(year + time.Hour))
	for guid, want := range map[string]bool{
		"skipped": true, "rejected": true, "withdrawn": true, "waiting": true,
		"shown": false, "held": false, "released": false, "approved": false, "orphan": false,
	} {
		if strings.Contains(got, guid) != want {
			t.Errorf("%s: expired %v, want %v", guid, !want, want)
		}
	}

	// It is known for ever, and does not return with its feed.
	id := guid("a", "rejected")
	if d := r.show(id); d.Text != "" || d.Standing != "rejected" || len(d.Decisions) != 1 || d.Title != "rejected" {
		t.Errorf("the expired item: %+v", d)
	}
	if _, err := r.Decide("ana", Ruling{Item: string(id), Action: news.Approve}); !isBadRequest(err) {
		t.Errorf("approving it: %v", err)
	}
	r.decide(news.Undo, id, Ruling{})
	for _, body := range []string{"Text", "Edited"} {
		texts["a"].say(entry{guid: "rejected", title: "rejected", body: body}, entry{guid: "waiting-too", title: "x"})
		texts["m"].say(entry{guid: "waiting", title: "waiting", body: body})
		r.refresh()
		if all := r.everything(); strings.Contains(all, "rejected") || strings.Contains(all, "waiting ") {
			t.Errorf("%s: it returned", body)
		}
	}
	if _, err := r.Piece(id); err != ErrNotFound {
		t.Errorf("its page: %v", err)
	}
	if got := r.list().Sources[0].Items; got != 7 {
		t.Errorf("%d items of a, want 7", got)
	}
}

// What was published until lately is not old, however long ago it was collected:
// a decision and an edit of feeds.yaml can both be taken back.
func TestRetentionCountsFromTheChange(t *testing.T) {
	yaml := strings.Replace(retainYAML, "365d", "1d", 1)
	r := openRoom(t, yaml)
	r.outlet("a").say(entry{guid: "1", title: "one", body: "Text"})
	r.outlet("b").say(entry{guid: "2", title: "two", body: "Text"})
	r.refresh()
	// Two days later, as far as the store can tell.
	r.age(48 * time.Hour)
	for _, id := range []news.ItemID{guid("a", "1"), guid("b", "2")} {
		it := r.item(id)
		it.FirstSeen = it.FirstSeen.Add(-48 * time.Hour)
		if err := r.store.Update(func(tx *store.Tx) error { return tx.PutItem(it) }); err != nil {
			t.Fatal(err)
		}
	}
	r.decide(news.Reject, guid("a", "1"), Ruling{})
	r.follow(strings.Replace(yaml, "url: $b", "url: $b, review: manual", 1))
	r.expire(time.Now())
	for _, id := range []news.ItemID{guid("a", "1"), guid("b", "2")} {
		if r.item(id).Expired {
			t.Errorf("%s expired at once", r.item(id).Title)
		}
	}
	r.expire(time.Now().Add(25 * time.Hour))
	for _, id := range []news.ItemID{guid("a", "1"), guid("b", "2")} {
		if !r.item(id).Expired {
			t.Errorf("%s did not expire in time", r.item(id).Title)
		}
	}
}

func TestNoRetentionUnlessSaid(t *testing.T) {
	r := openRoom(t, strings.Replace(retainYAML, "retain: {unpublished: 365d}", "", 1))
	r.outlet("a").say(entry{guid: "1", title: "skip"})
	r.refresh()
	r.expire(time.Now().Add(100 * year))
	if r.item(guid("a", "1")).Expired {
		t.Error("expired")
	}
}

// A clock ten years ahead makes nothing old.
func TestClockAheadExpiresNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse(path, []byte(roomYAML+"retain: {unpublished: 30d}\n"))
		if err != nil {
			t.Fatal(err)
		}
		open := func() *Newsroom {
			n, err := Open(cfg, Options{Version: "test", Log: slog.New(slog.DiscardHandler), Check: func(string) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		n := open()
		ids := putItems(t, n.store, 50, func(i int, it *news.Item) {
			it.Source, it.Standing.State = news.DeskSource, news.StateRejected
		})
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * year)
		n = open()
		defer n.Close()
		n.upkeep(t.Context())
		err = n.store.View(func(tx *store.Tx) error {
			for _, id := range ids {
				it, err := tx.Item(id)
				if err != nil || it.Expired {
					return fmt.Errorf("%s: expired %v: %w", id, it.Expired, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Polls that a clock since put back left years ahead are due once, and then by the
// rules again.
func TestClockPutBackPollsOnce(t *testing.T) {
	for _, ahead := range []time.Duration{10 * year, year, 25 * time.Hour} {
		r := openRoom(t, fiveYAML)
		r.refresh()
		err := r.store.Update(func(tx *store.Tx) error {
			poll, err := tx.Poll("a")
			if err != nil {
				return err
			}
			poll.Last, poll.Next = time.Now().Add(ahead-time.Hour), time.Now().Add(ahead)
			return tx.PutPoll("a", poll)
		})
		if err != nil {
			t.Fatal(err)
		}
		before := r.outlet("a").asked.Load()
		for range 3 {
			if _, err := r.Refresh(t.Context(), RefreshOrder{}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.outlet("a").asked.Load() - before; got != 1 {
			t.Errorf("%s ahead: asked %d times, want once", ahead, got)
		}
	}
}

// The whole store is checked weekly, also where a clock since put back says that
// it was in the future.
func TestScrub(t *testing.T) {
	r := openRoom(t, fiveYAML)
	checks := 0
	r.check = func(string) error { checks++; return nil }
	now := time.Now()
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{now, 0}, {now.Add(6 * 24 * time.Hour), 0}, {now.Add(8 * 24 * time.Hour), 1}, {now.Add(9 * 24 * time.Hour), 1},
		{now.Add(10 * year), 2}, {now.Add(20 * 24 * time.Hour), 3}, {now.Add(21 * 24 * time.Hour), 3},
	} {
		if err := r.scrub(c.at); err != nil || checks != c.want {
			t.Errorf("at %s: %d checks, want %d; %v", c.at, checks, c.want, err)
		}
	}
	bad := errors.New("page 7 is damaged")
	r.check = func(string) error { return bad }
	if err := r.scrub(now.Add(40 * 24 * time.Hour)); !errors.Is(err, bad) {
		t.Errorf("a damaged store: %v", err)
	}
}

func TestBackupVerifyCompact(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 20)...)
	r.refresh()
	r.decide(news.Pin, guid("a", "20"), Ruling{})
	before, dir := r.everything(guid("a", "20")), t.TempDir()

	file := filepath.Join(dir, "copy.db")
	view, err := r.Backup(file)
	if err != nil || view.File != file || view.Bytes == 0 {
		t.Fatalf("backup: %+v, %v", view, err)
	}
	if report, err := store.Verify(file); err != nil || report.Items != 20 || report.Decisions != 1 || len(report.Problems) > 0 {
		t.Errorf("the copy: %+v, %v", report, err)
	}
	if _, err := r.Backup(file); err == nil {
		t.Error("a backup overwrote a file")
	}
	if _, err := r.Backup("copy.db"); !isBadRequest(err) {
		t.Errorf("a relative path: %v", err)
	}
	if view, err := r.Verify(); err != nil || view.Bytes == 0 {
		t.Errorf("verify: %+v, %v", view, err)
	}
	compacted, err := r.Compact()
	if err != nil || compacted.Before == 0 || compacted.After == 0 {
		t.Errorf("compact: %+v, %v", compacted, err)
	}
	if r.everything(guid("a", "20")) != before {
		t.Error("compacting changed what is shown")
	}
	r.decide(news.Unpin, guid("a", "20"), Ruling{}) // the store is still written to
	r.check = func(string) error { return errors.New("page 7 is damaged") }
	if _, err := r.Verify(); err == nil || !strings.Contains(err.Error(), "page 7") {
		t.Errorf("verify of a damaged store: %v", err)
	}
	if _, err := r.Compact(); err == nil {
		t.Error("a copy that fails its check took the store's place")
	}
	left, err := filepath.Glob(filepath.Join(r.Config().Data, "verify-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	// The backup, put in the store's place, is the newsroom as it was.
	r.stop()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Config().Data, "rightswire.db"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(r.log)
	if r.everything(guid("a", "20")) != before {
		t.Error("restored, it shows something else")
	}
}

// A newsroom that is closing cuts a refresh short and says so.
func TestClosing(t *testing.T) {
	r := openRoom(t, fiveYAML)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Refresh(ctx, RefreshOrder{All: true}, nil); err == nil {
		t.Error("a refresh that was called off succeeded")
	}
	if _, err := r.Refresh(t.Context(), RefreshOrder{Sources: []string{"zz"}}, nil); !isBadRequest(err) {
		t.Errorf("an unknown source: %v", err)
	}
}
