package store

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

var updateFixture = flag.Bool("update", false, "write the fixture store of the current schema anew")

// fixtureEntry is what the fixture stores hold; it never changes.
func fixtureEntry() *news.Entry {
	return &news.Entry{
		ID: news.NewItemID("fixture", news.ByGUID, "guid-1"), GUID: "guid-1", Link: "https://fixture.example/1",
		Title: news.Text{Value: "Thirty cross the Tumen"}, Content: news.Text{Value: "<p>Thirty people …</p>", HTML: true},
		Authors: []news.Author{{Name: "Kim Min-jun"}}, Language: "en", Published: epoch,
	}
}

func fillFixture(tx *Tx) error {
	if _, err := tx.Origin("renamed", []news.SourceID{"fixture"}); err != nil {
		return err
	}
	e := fixtureEntry()
	it := testItem("renamed", e, epoch)
	it.Standing = news.Standing{State: news.StateOpen, Approved: 1, Pinned: true, Entered: epoch, Decided: epoch}
	p, err := Prepare(e, epoch)
	if err != nil {
		return err
	}
	if _, err := tx.AddRevision(it, p); err != nil {
		return err
	}
	d := news.Decision{Item: it.ID, Action: news.Approve, By: "ed", At: epoch, Revision: 1}
	return errors.Join(
		tx.PutItem(it), tx.AddDecision(&d), tx.AddAlias(news.NewItemID("fixture", news.ByGUID, "guid-2"), it),
		tx.PutPoll("renamed", news.Poll{Next: epoch, Count: 1}), tx.PutVisit("renamed", fixtureVisit()),
		tx.PutPlace("", Place{Defined: epoch}), tx.PutReadings("renamed", fixtureReadings()),
		fillSchema3(tx),
	)
}

// fillSchema3 adds what fixture stores from schema 3 on hold besides.
func fillSchema3(tx *Tx) error {
	doubted := fixtureDoubted()
	for _, turn := range fixtureTurns() {
		if err := tx.AddTurn(&turn); err != nil {
			return err
		}
	}
	return errors.Join(tx.PutItem(&doubted), tx.PutSubscription(fixtureSubscription()))
}

// fixtureReadings are what fixture stores from schema 2 on hold besides.
func fixtureReadings() []news.Reading {
	return []news.Reading{{Print: [16]byte{1, 2, 3}, Item: fixtureEntry().ID, Claimed: epoch, Mended: true}}
}

// fixtureVisit is every fixture's, but that those before schema 3 hold only what
// there was then.
func fixtureVisit() news.Visit {
	return news.Visit{
		ETag: `W/"1"`, Home: "https://fixture.example/", Pace: news.Pace{Wait: time.Hour, SkipHours: 1<<23 | 1, SkipDays: 1 << time.Saturday},
		Whole: epoch, Moved: news.Move{To: "https://fixture.example/new", Count: 2, Since: epoch}, Hub: "https://hub.example/",
		Topic: "https://fixture.example/feed", Cut: true, Churn: 3, Health: news.HealthMoved, HealthSince: epoch,
	}
}

func fixtureDoubted() news.Item {
	return news.Item{ID: news.NewItemID("fixture", news.ByGUID, "guid-3"), Source: "renamed", Doubt: "every entry is new at once"}
}

func fixtureTurns() []news.Turn {
	return []news.Turn{
		{Source: "renamed", To: news.HealthOK, At: epoch, Why: "read"},
		{Source: "renamed", From: news.HealthOK, To: news.HealthMoved, At: epoch.Add(time.Hour), Why: "redirects for good"},
	}
}

func fixtureSubscription() news.Subscription {
	return news.Subscription{
		Source: "renamed", Hub: "https://hub.example/", Topic: "https://fixture.example/feed", Token: "callback", Key: "key",
		Asked: epoch, Expires: epoch.AddDate(0, 0, 10), Lease: 240 * time.Hour,
	}
}

// fixtures are one store for each schema there was, as its release wrote it.
var fixtures = []string{"schema1.db", "schema2.db", "schema3.db"}

// TestFixtures opens a store of every schema: what is in it comes through.
func TestFixtures(t *testing.T) {
	if len(fixtures) != int(schemaAfter(steps)) {
		t.Fatalf("%d fixtures for %d schemas: run with -update", len(fixtures), schemaAfter(steps))
	}
	if *updateFixture {
		s := openTest(t, t.TempDir())
		update(t, s, fillFixture)
		path := filepath.Join("testdata", fixtures[len(fixtures)-1])
		if err := errors.Join(removeIfThere(path), s.Backup(path, mustVerify)); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range fixtures {
		schema := i + 1
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fileName), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := openTest(t, dir)
			e := fixtureEntry()
			view(t, s, func(tx *Tx) error {
				it, err := tx.Item(news.NewItemID("fixture", news.ByGUID, "guid-2"))
				if err != nil {
					return err
				}
				if it.Source != "renamed" || it.Title != e.Title.Value || !it.Standing.Pinned || it.Digest != Digest(e) {
					t.Errorf("item %+v", it)
				}
				rev, err := tx.Revision(it, 1)
				if err != nil || !reflect.DeepEqual(&rev.Entry, e) {
					t.Errorf("revision %+v %v", rev, err)
				}
				ds, err := tx.Decisions(it.ID)
				if err != nil || len(ds) != 1 || ds[0].Action != news.Approve {
					t.Errorf("decisions %+v %v", ds, err)
				}
				origin, err := tx.Origin("renamed", nil)
				if origin != "fixture" {
					t.Errorf("origin %s", origin)
				}
				readings, readErr := tx.Readings("renamed")
				if schema < 2 && len(readings) != 0 || schema >= 2 && !reflect.DeepEqual(readings, fixtureReadings()) {
					t.Errorf("readings %+v", readings)
				}
				checkSchema3(t, tx, schema)
				return errors.Join(err, readErr)
			})
		})
	}
}

// checkSchema3 looks for what schema 3 added; a store from before has none of it.
func checkSchema3(t *testing.T, tx *Tx, schema int) {
	t.Helper()
	visit, doubted := news.Visit{ETag: `W/"1"`}, ""
	var turns []news.Turn
	var subs []news.Subscription
	if schema >= 3 {
		visit, doubted, subs = fixtureVisit(), fixtureDoubted().Doubt, []news.Subscription{fixtureSubscription()}
		for i, turn := range fixtureTurns() {
			turn.Seq = uint64(i + 1)
			turns = append([]news.Turn{turn}, turns...)
		}
	}
	if got, err := tx.Visit("renamed"); err != nil || !reflect.DeepEqual(got, visit) {
		t.Errorf("visit %+v %v", got, err)
	}
	if got, err := tx.Turns(9); err != nil || !reflect.DeepEqual(got, turns) {
		t.Errorf("turns %+v %v", got, err)
	}
	if got, err := tx.Subscriptions(); err != nil || !reflect.DeepEqual(got, subs) {
		t.Errorf("subscriptions %+v %v", got, err)
	}
	if it, err := tx.Item(fixtureDoubted().ID); schema >= 3 && (err != nil || it.Doubt != doubted) {
		t.Errorf("doubted item %+v %v", it, err)
	}
	if it, err := tx.Item(fixtureEntry().ID); err != nil || it.Doubt != "" {
		t.Errorf("item is doubted: %+v %v", it, err)
	}
}

// fixtureDir is a folder with the store of schema 1.
func fixtureDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join("testdata", "schema1.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fileName), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// newSteps are today's and those of two releases to come.
func newSteps() []step {
	return append(slices.Clone(steps),
		func(tx *Tx) error { return tx.PutPlace("next", Place{Defined: epoch}) },
		func(tx *Tx) error { return tx.PutPlace("after next", Place{Defined: epoch}) },
	)
}

func TestMigrate(t *testing.T) {
	dir := fixtureDir(t)
	s, err := open(dir, Options{}, newSteps())
	if err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *Tx) error {
		places, err := tx.Places()
		if len(places) != 3 {
			t.Errorf("places %v", places)
		}
		if v, err := tx.schema(); v != schemaAfter(newSteps()) || err != nil {
			t.Errorf("schema %d %v", v, err)
		}
		return err
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = open(dir, Options{}, newSteps()); err != nil {
		t.Fatalf("open again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// An older release refuses, and the backup is its way back.
	if s, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("older release: %v %v", s, err)
	}
	if _, err := Verify(filepath.Join(dir, fileName)); !errors.Is(err, ErrNewer) {
		t.Errorf("older release verifies: %v", err)
	}
	back := t.TempDir()
	if err := os.Rename(filepath.Join(dir, "rightswire-schema1.db"), filepath.Join(back, fileName)); err != nil {
		t.Fatal(err)
	}
	openTest(t, back)
}

// TestMigrateFails stops a migration in its middle, as a kill would: nothing of it
// is there, and the next one goes through.
func TestMigrateFails(t *testing.T) {
	dir := fixtureDir(t)
	broken := errors.New("broken")
	_, err := open(dir, Options{}, append(newSteps(), func(*Tx) error { return broken }))
	if want := fmt.Sprint("schema ", schemaAfter(newSteps())+1); !errors.Is(err, broken) || !strings.Contains(err.Error(), want) {
		t.Fatalf("open: %v", err)
	}
	s, err := open(dir, Options{}, nil) // still schema 1
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = open(dir, Options{}, newSteps()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNewStore is of the newest schema from the start: nothing is brought to it.
func TestNewStore(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	view(t, s, func(tx *Tx) error {
		if v, err := tx.schema(); v != schemaAfter(steps) || err != nil {
			t.Errorf("schema %d %v", v, err)
		}
		return nil
	})
	if backups, err := filepath.Glob(filepath.Join(dir, "rightswire-schema*")); err != nil || backups != nil {
		t.Errorf("backups %v %v", backups, err)
	}
}
