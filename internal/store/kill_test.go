package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

// The test binary runs itself for what takes a process of its own.
const (
	childEnv    = "RIGHTSWIRE_STORE_CHILD"
	childDirEnv = "RIGHTSWIRE_STORE_DIR"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(childDirEnv)
	var err error
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "read-only":
		err = readOnlyTest(dir)
	case "update":
		err = updateForEver(dir)
	case "migrate":
		err = migrateSlowly(dir)
	case "verify":
		err = mustVerify(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// updateForEver files items in transactions of three, edits older ones, and tells
// on stdout how many are acknowledged.
func updateForEver(dir string) error {
	s, err := Open(dir, Options{Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	fmt.Println("open", s.Unclean())
	for n := 0; ; {
		err := s.Update(func(tx *Tx) error {
			last, err := tx.lastItem()
			if err != nil {
				return err
			}
			n = int(last)
			if err := fileTx(tx, "one", n, n+3); err != nil || n == 0 {
				return err
			}
			if err := tx.PutReadings("one", readingsOf("one", n-3, n+3)); err != nil {
				return err
			}
			if err := tx.AddTurn(&news.Turn{Source: "one", To: news.HealthOK, Why: fmt.Sprint(n)}); err != nil {
				return err
			}
			return reviseTx(tx, n/2)
		})
		if err != nil {
			return err
		}
		fmt.Println(n + 3)
	}
}

// reviseTx adds a revision to the n-th item of source one.
func reviseTx(tx *Tx, n int) error {
	e := testEntry("one", n)
	it, err := tx.Item(e.ID)
	if err != nil {
		return err
	}
	e.Content.Value += fmt.Sprint(it.Latest)
	p, err := Prepare(e, epoch)
	if err == nil {
		_, err = tx.AddRevision(it, p)
	}
	if err != nil {
		return err
	}
	it.Title = fmt.Sprint("revision ", it.Latest)
	it.Tags.Topics = it.Tags.Topics[:it.Latest%2]
	return tx.PutItem(it)
}

// cycles is how often to kill: RIGHTSWIRE_CYCLES, or quick by default.
func cycles(quick int) int {
	if n, err := strconv.Atoi(os.Getenv("RIGHTSWIRE_CYCLES")); err == nil {
		return n
	} else if testing.Short() {
		return quick/10 + 1
	}
	return quick
}

// killChild runs this binary as a child and kills it so long after it first says
// something. It returns what the child said.
func killChild(t *testing.T, what, dir string, after time.Duration) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), childEnv+"="+what, childDirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if said = append(said, lines.Text()); len(said) == 1 {
			time.AfterFunc(after, cancel)
		}
	}
	if len(said) == 0 {
		t.Fatal("the process said nothing")
	}
	_ = cmd.Wait() // it was killed
	return said
}

// TestStoreKilled kills a process that writes, again and again: what it had
// acknowledged is there, nothing is there by half, and the store opens.
func TestStoreKilled(t *testing.T) {
	dir := t.TempDir()
	acked, kills := 0, cycles(50)
	for range kills {
		for _, line := range killChild(t, "update", dir, time.Duration(15+rand.IntN(60))*time.Millisecond) {
			if n, err := strconv.Atoi(line); err == nil {
				acked = max(acked, n)
			}
		}
		if r := verifyTest(t, filepath.Join(dir, fileName)); int(r.Items) < acked || r.Items%3 != 0 {
			t.Fatalf("%d items acknowledged, %d there", acked, r.Items)
		}
	}
	s := openTest(t, dir)
	if !s.Unclean() {
		t.Error("a killed store is clean")
	}
	t.Logf("%d items acknowledged over %d kills", acked, kills)
}

// slowSteps take long enough to be killed in the middle.
func slowSteps() []step {
	slow := func(tx *Tx) error {
		for n := range 1000 {
			if err := tx.PutPlace(fmt.Sprintf("%s/%d", strings.Repeat("x", 200), n), Place{Defined: epoch, Touched: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	}
	return append(slices.Clone(steps), slow, slow)
}

func migrateSlowly(dir string) error {
	fmt.Println("opening")
	s, err := open(dir, Options{Timeout: 10 * time.Second}, slowSteps())
	if err != nil {
		return err
	}
	fmt.Println("migrated")
	return s.Close()
}

// TestMigrateKilled kills migrations: the next one begins again and goes through,
// and the older release finds its own store or refuses.
func TestMigrateKilled(t *testing.T) {
	halfway, kills := 0, cycles(20)
	for n := range kills {
		dir := fixtureDir(t)
		said := killChild(t, "migrate", dir, time.Duration(n%20*2)*time.Millisecond)
		older, err := Open(dir, Options{})
		switch {
		case err == nil:
			halfway++
			if err := older.Close(); err != nil {
				t.Fatal(err)
			}
		case !errors.Is(err, ErrNewer):
			t.Fatalf("older release: %v", err)
		}
		if len(said) > 1 && err == nil {
			t.Fatal("an acknowledged migration was undone")
		}
		s, err := open(dir, Options{}, slowSteps())
		if err != nil {
			t.Fatal(err)
		}
		view(t, s, func(tx *Tx) error {
			places, err := tx.Places()
			if len(places) != 1001 {
				t.Errorf("%d places", len(places))
			}
			return err
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d were killed before they were through", halfway, kills)
}
