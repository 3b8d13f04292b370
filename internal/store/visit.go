package store

import (
	"encoding/binary"
	"math"
	"time"

	"rightswire/internal/news"
)

// A poll is stored as next and last (seconds since 1970, 4 bytes each), count (4)
// and failures (2): with its envelope 19 bytes, so that a round of a thousand
// polls writes ten pages.
const pollSize = 14

// Poll returns what the last poll of a source left, the zero Poll where it was
// never asked.
func (tx *Tx) Poll(src news.SourceID) (news.Poll, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return news.Poll{}, err
	}
	key := numberKey(n)
	rec, err := tx.record(bPolls, key)
	if err != nil || rec == nil {
		return news.Poll{}, err
	}
	if len(rec) < pollSize {
		return news.Poll{}, damagedRecord(bPolls, key, "too short")
	}
	return news.Poll{
		Next:     readSeconds(rec),
		Last:     readSeconds(rec[4:]),
		Count:    binary.BigEndian.Uint32(rec[8:]),
		Failures: binary.BigEndian.Uint16(rec[12:]),
	}, nil
}

// PutPoll stores a source's Poll; its times are cut to whole seconds between 1970
// and 2106.
func (tx *Tx) PutPoll(src news.SourceID, p news.Poll) error {
	n, err := tx.numbered(src)
	if err != nil {
		return err
	}
	buf := appendSeconds(newRecord(pollSize), p.Next)
	buf = appendSeconds(buf, p.Last)
	buf = binary.BigEndian.AppendUint32(buf, p.Count)
	buf = binary.BigEndian.AppendUint16(buf, p.Failures)
	return tx.put(bPolls, numberKey(n), buf)
}

// appendSeconds writes a time as 4 bytes; 0 is the zero time.
func appendSeconds(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint32(b, 0)
	}
	return binary.BigEndian.AppendUint32(b, uint32(max(1, min(t.Unix(), math.MaxUint32))))
}

func readSeconds(b []byte) time.Time {
	sec := binary.BigEndian.Uint32(b)
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(int64(sec), 0).UTC()
}

// Visit returns what a source's last answer left, the zero Visit where there was
// none.
func (tx *Tx) Visit(src news.SourceID) (news.Visit, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return news.Visit{}, err
	}
	key := numberKey(n)
	r, found, err := tx.read(bVisits, key)
	if err != nil || !found {
		return news.Visit{}, err
	}
	v := r.visit()
	if r.bad {
		return news.Visit{}, damagedRecord(bVisits, key, errWire.Error())
	}
	return v, nil
}

// PutVisit stores a source's Visit. Where it is the stored one nothing is written.
func (tx *Tx) PutVisit(src news.SourceID, v news.Visit) error {
	n, err := tx.numbered(src)
	if err != nil {
		return err
	}
	return tx.putChanged(bVisits, numberKey(n), appendVisit(newRecord(256), &v))
}

func appendVisit(b []byte, v *news.Visit) []byte {
	b = appendString(b, v.URL)
	b = appendString(b, v.Final)
	b = appendString(b, v.ETag)
	b = appendString(b, v.LastModified)
	b = append(b, v.BodyHash[:]...)
	b = appendTime(b, v.First)
	b = appendTime(b, v.Good)
	b = appendTime(b, v.Newest)
	b = binary.AppendVarint(b, int64(v.Rhythm))
	b = appendTime(b, v.RetryAfter)
	b = appendBool(b, v.Gone)
	b = appendString(b, string(v.Failure.Kind))
	b = appendString(b, v.Failure.Error)
	b = binary.AppendVarint(b, int64(v.Failure.Status))
	b = appendTime(b, v.Failure.Since)
	b = appendString(b, v.Title)
	b = appendStrings(b, v.Repairs)
	return appendVisit3(b, v)
}

// appendVisit3 writes what schema 3 added.
func appendVisit3(b []byte, v *news.Visit) []byte {
	b = appendString(b, v.Home)
	b = binary.AppendVarint(b, int64(v.Pace.Wait))
	b = binary.AppendUvarint(b, uint64(v.Pace.SkipHours))
	b = binary.AppendUvarint(b, uint64(v.Pace.SkipDays))
	b = appendTime(b, v.Whole)
	b = appendString(b, v.Moved.To)
	b = binary.AppendVarint(b, int64(v.Moved.Count))
	b = appendTime(b, v.Moved.Since)
	b = appendBool(b, v.Moved.Adopted)
	b = appendString(b, v.Hub)
	b = appendString(b, v.Topic)
	b = appendBool(b, v.Cut)
	b = binary.AppendVarint(b, int64(v.Churn))
	b = appendString(b, string(v.Health))
	return appendTime(b, v.HealthSince)
}

func (r *reader) visit() news.Visit {
	return news.Visit{
		URL:          r.string(),
		Final:        r.string(),
		ETag:         r.string(),
		LastModified: r.string(),
		BodyHash:     r.hash(),
		First:        r.time(),
		Good:         r.time(),
		Newest:       r.time(),
		Rhythm:       time.Duration(r.int()),
		RetryAfter:   r.time(),
		Gone:         r.bool(),
		Failure: news.Failure{
			Kind:   news.FailureKind(r.string()),
			Error:  r.string(),
			Status: int(r.int()),
			Since:  r.time(),
		},
		Title:   r.string(),
		Repairs: readStrings[string](r),

		Home: r.string(),
		Pace: news.Pace{
			Wait:      time.Duration(r.int()),
			SkipHours: uint32(r.uint()),
			SkipDays:  uint8(r.uint()),
		},
		Whole: r.time(),
		Moved: news.Move{
			To:      r.string(),
			Count:   int(r.int()),
			Since:   r.time(),
			Adopted: r.bool(),
		},
		Hub:         r.string(),
		Topic:       r.string(),
		Cut:         r.bool(),
		Churn:       int(r.int()),
		Health:      news.Health(r.string()),
		HealthSince: r.time(),
	}
}
