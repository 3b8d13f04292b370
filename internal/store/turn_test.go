package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

// turnOf is the n-th turn of a source.
func turnOf(src news.SourceID, n int) news.Turn {
	return news.Turn{
		Source: src, From: news.HealthOK, To: news.HealthNotFeed, At: epoch.Add(time.Duration(n) * time.Minute),
		Why: fmt.Sprint("answer ", n, " is a web page"),
	}
}

// addTurnsOf appends turns of a source; the store has as many as it begins with.
func addTurnsOf(t testing.TB, s *Store, src news.SourceID, from, to int) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		for n := from; n < to; n++ {
			turn := turnOf(src, n)
			if err := tx.AddTurn(&turn); err != nil {
				return err
			}
			if turn.Seq != uint64(n+1) {
				t.Errorf("turn %d is numbered %d", n, turn.Seq)
			}
		}
		return nil
	})
}

// turns reads the newest turns in a transaction of their own.
func (s *Store) turns(t testing.TB, limit int) (turns []news.Turn) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) {
		turns, err = tx.Turns(limit)
		return err
	})
	return turns
}

// turnsOf is what Turns has to return of turns from to to-1, all of one source.
func turnsOf(src news.SourceID, from, to int) (turns []news.Turn) {
	for n := to - 1; n >= from; n-- {
		turn := turnOf(src, n)
		turn.Seq = uint64(n + 1)
		turns = append(turns, turn)
	}
	return turns
}

func TestTurns(t *testing.T) {
	s := openTest(t, t.TempDir())
	if got := s.turns(t, 10); got != nil {
		t.Errorf("before the first: %v", got)
	}
	addTurnsOf(t, s, "one", 0, 5)
	for limit, want := range map[int][]news.Turn{0: nil, 1: turnsOf("one", 4, 5), 3: turnsOf("one", 2, 5), 9: turnsOf("one", 0, 5)} {
		if got := s.turns(t, limit); !reflect.DeepEqual(got, want) {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
	if got := s.turns(t, -1); got != nil {
		t.Errorf("limit -1: %v", got)
	}

	// They are of the source, whatever it is called; and stay when it is gone.
	update(t, s, func(tx *Tx) error {
		_, err := tx.Origin("renamed", []news.SourceID{"one"})
		return err
	})
	if got := s.turns(t, 9); !reflect.DeepEqual(got, turnsOf("renamed", 0, 5)) {
		t.Errorf("after a renaming: %v", got)
	}
	if err := s.Update(func(tx *Tx) error { return tx.AddTurn(&news.Turn{To: news.HealthOK}) }); err == nil {
		t.Error("a turn of no source")
	}
}

// TestTurnsLimit keeps the latest 1,000, and no number comes twice.
func TestTurnsLimit(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	from := 0
	for _, to := range []int{999, 1000, 1001, 1010, 2500} {
		addTurnsOf(t, s, "one", from, to)
		if got := s.turns(t, 5000); !reflect.DeepEqual(got, turnsOf("one", max(0, to-maxTurns), to)) {
			t.Errorf("after %d turns there are %d", to, len(got))
		}
		from = to
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	addTurnsOf(t, openTest(t, dir), "one", from, from+1)
}

// TestTurnsDamaged: a damaged turn is left out and Verify names it; all others are
// there.
func TestTurnsDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"flipped":       func(v []byte) []byte { v[len(v)/2] ^= 16; return v },
		"cut":           func(v []byte) []byte { return v[:3] },
		"not ours":      func(v []byte) []byte { return seal(bTurns, seqKey(3), v[:envelopeSize+6]) },
		"nobody's turn": func(v []byte) []byte { v[envelopeSize] = 9; return seal(bTurns, seqKey(3), v) },
	} {
		dir := t.TempDir()
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		addTurnsOf(t, s, "one", 0, 5)
		update(t, s, func(tx *Tx) error {
			v, err := tx.raw(bTurns, seqKey(3))
			return errors.Join(err, tx.putRaw(bTurns, seqKey(3), damage(slices.Clone(v))))
		})
		if got, want := s.turns(t, 9), slices.Concat(turnsOf("one", 3, 5), turnsOf("one", 0, 2)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, got)
		}
		if got, want := s.turns(t, 3), slices.Concat(turnsOf("one", 3, 5), turnsOf("one", 1, 2)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: of at most 3: %v", name, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(s.path); err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "is damaged") {
			t.Errorf("%s: verify: %q %v", name, r.Problems, err)
		}
	}
}

// TestTurnsMissing: Verify tells where turns are missing, and where too many are
// kept.
func TestTurnsMissing(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	addTurnsOf(t, s, "one", 0, maxTurns)
	update(t, s, func(tx *Tx) error {
		turn := turnOf("one", 1)
		seq := uint64(maxTurns + 2)
		return tx.put(bTurns, seqKey(seq), appendTurn(newRecord(64), &turn, 1))
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"turns 1001 to 1001 are missing", "there are more than 1000 turns"}
	if r, err := Verify(s.path); err != nil || !slices.Equal(r.Problems, want) {
		t.Errorf("verify: %q %v", r.Problems, err)
	}
}

// TestTurnsMoveAlong: a backup and a compaction hold them, and the count goes on.
func TestTurnsMoveAlong(t *testing.T) {
	s := openTest(t, t.TempDir())
	addTurnsOf(t, s, "one", 0, 1200)
	back := t.TempDir()
	if err := s.Backup(filepath.Join(back, fileName), mustVerify); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(mustVerify); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, openTest(t, back)} {
		addTurnsOf(t, s, "one", 1200, 1203)
		if got := s.turns(t, 2000); !reflect.DeepEqual(got, turnsOf("one", 203, 1203)) {
			t.Errorf("%d turns", len(got))
		}
	}
}
