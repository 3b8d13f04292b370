package store

import (
	"reflect"
	"testing"

	"rightswire/internal/news"
)

// TestVisitFields stores every field of a visit, and each alone.
func TestVisitFields(t *testing.T) {
	s := openTest(t, t.TempDir())
	visits := []news.Visit{{}, richVisit(3)}
	for i := range reflect.TypeFor[news.Visit]().NumField() {
		var v news.Visit
		fillValue(reflect.ValueOf(&v).Elem().Field(i), i)
		visits = append(visits, v)
	}
	for _, want := range visits {
		update(t, s, func(tx *Tx) error { return tx.PutVisit("one", want) })
		view(t, s, func(tx *Tx) error {
			got, err := tx.Visit("one")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("read %+v\nput  %+v", got, want)
			}
			return err
		})
	}
}

// TestVisitOfSchema2 reads a record that ends where schema 3 goes on.
func TestVisitOfSchema2(t *testing.T) {
	want := richVisit(3)
	added := len(appendVisit3(nil, &want))
	rec := appendVisit(nil, &want)
	old := reader{rest: string(rec[:len(rec)-added])}
	got := old.visit()
	want.Home, want.Pace, want.Whole, want.Moved = "", news.Pace{}, got.Whole, news.Move{}
	want.Hub, want.Topic, want.Cut, want.Churn, want.Health, want.HealthSince = "", "", false, 0, "", got.HealthSince
	if old.bad || !got.Whole.IsZero() || !got.HealthSince.IsZero() || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
}
