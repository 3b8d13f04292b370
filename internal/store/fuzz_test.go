package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"rightswire/internal/news"
)

// FuzzRecords decodes anything as each kind of record: no panic, no more memory
// than the input pays for, and what it makes of it is stable when written again.
func FuzzRecords(f *testing.F) {
	e := testEntry("one", 1)
	it := testItem("one", e, epoch)
	it.Standing = news.Standing{State: news.StateHeld, HoldUntil: epoch, Notes: []news.Note{{Text: "note", At: epoch}}, Pinned: true}
	f.Add(appendItem(nil, it, 3))
	f.Add(appendEntry(nil, e))
	f.Add(appendVisit(nil, &news.Visit{ETag: `W/"1"`, Repairs: []string{"charset"}, Failure: news.Failure{Status: 503}}))
	visit, sub := richVisit(1), richSubscription("one", 2)
	f.Add(appendVisit(nil, &visit))
	f.Add(appendSubscription(nil, &sub))
	f.Add(appendTurn(nil, &news.Turn{From: news.HealthOK, To: news.HealthGone, At: epoch, Why: "answers 410"}, 3))
	it.Doubt = "every entry is new at once"
	f.Add(appendItem(nil, it, 3))
	f.Add(appendDecision(nil, &news.Decision{Action: news.Hold, Until: epoch, AddTopics: []news.TopicID{"a"}}))
	readings, err := appendReadings(nil, readingsOf("one", 0, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(readings)
	f.Add(bytes.Repeat([]byte{0x80}, 3*readingSize))
	f.Add((&state{clock: epoch, samples: []sample{{1, 2}}}).encode())
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, data []byte) {
		again := func(write func(r *reader) []byte) {
			r := reader{rest: string(data)}
			once := write(&r)
			if r.bad {
				return
			}
			r = reader{rest: string(once)}
			if twice := write(&r); r.bad || !bytes.Equal(once, twice) {
				t.Errorf("%x\nbecomes %x", once, twice)
			}
		}
		again(func(r *reader) []byte {
			var it news.Item
			n := r.item(&it)
			return appendItem(nil, &it, n)
		})
		again(func(r *reader) []byte {
			var e news.Entry
			r.entry(&e)
			return appendEntry(nil, &e)
		})
		again(func(r *reader) []byte {
			v := r.visit()
			return appendVisit(nil, &v)
		})
		again(func(r *reader) []byte {
			b, err := appendReadings(nil, r.readings())
			if err != nil {
				t.Error(err)
			}
			return b
		})
		again(func(r *reader) []byte {
			turn, n := r.turn()
			return appendTurn(nil, &turn, n)
		})
		again(func(r *reader) []byte {
			s := r.subscription()
			return appendSubscription(nil, &s)
		})
		again(func(r *reader) []byte {
			d := r.decision()
			return appendDecision(nil, &d)
		})
		again(func(r *reader) []byte {
			st := r.state()
			return st.encode()[envelopeSize:]
		})
		_, _ = unseal(bItems, data, data) // no panic
		_, _ = unpack(data)
	})
}

// FuzzPages checks anything as a store's file: no panic, no endless walk.
func FuzzPages(f *testing.F) {
	whole, err := os.ReadFile(filepath.Join("testdata", "schema1.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(4096*3+8), []byte{1, 0, 255, 255})
	f.Add(uint32(len(whole)-4000), []byte("garbage"))
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		data := bytes.Clone(whole)
		copy(data[int(at)%len(data):], patch)
		file := bytes.NewReader(data)
		h, err := readHeader(file, int64(len(data)))
		if err == nil {
			checkPages(file, h, func(string, ...any) {})
		}
		_, _ = readHeader(bytes.NewReader(patch), int64(len(patch)))
	})
}
