package websub

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// The look of every minute, with a thousand subscriptions that nothing is due for.
func BenchmarkLook(b *testing.B) {
	w := newBench(b)
	now := time.Now().UTC().Truncate(time.Second)
	err := w.st.Update(func(tx *store.Tx) error {
		for i := range 1000 {
			src := source(news.SourceID(fmt.Sprintf("s%d", i)))
			w.plan.Sources = append(w.plan.Sources, src)
			sub := w.plan.fresh(src.ID, wish{hubA, topicA})
			sub.Asked, sub.Expires, sub.Lease = now, now.Add(askedLease), askedLease
			if err := tx.PutVisit(src.ID, news.Visit{URL: src.URL, Hub: hubA, Topic: topicA}); err != nil {
				return err
			}
			if err := tx.PutSubscription(sub); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	w.Follow(w.plan)
	for b.Loop() {
		if err := w.look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	w.expect("nothing is due")
}

// A push of 100 KB, signed and believed.
func BenchmarkPush(b *testing.B) {
	w, _, active, _ := subscribed(b)
	w.log = slog.New(slog.DiscardHandler)
	body := bytes.Repeat([]byte("x"), 100<<10)
	signature := sign("sha256", active.Key, body)
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest(http.MethodPost, base+active.Token, bytes.NewReader(body))
		req.Header.Set("X-Hub-Signature", signature)
		rec := httptest.NewRecorder()
		if w.ServeHTTP(rec, req); rec.Code != http.StatusAccepted {
			b.Fatal(rec.Code)
		}
	}
}
