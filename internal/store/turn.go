package store

import (
	"encoding/binary"
	"errors"

	"rightswire/internal/news"
)

// maxTurns is how many turns are kept, of all sources together.
const maxTurns = 1000

// AddTurn appends a turn and assigns its Seq, one more than the last turn's. The
// latest 1,000 turns are kept; whoever needs to know since when a source is as it
// is reads its Visit.
func (tx *Tx) AddTurn(t *news.Turn) error {
	n, err := tx.numbered(t.Source)
	if err != nil {
		return err
	}
	c, err := tx.cursor(bTurns)
	if err != nil {
		return err
	}
	seq := uint64(1)
	if last, _ := c.last(); last != nil {
		seq = lastSeq(last) + 1
	}
	if err := tx.put(bTurns, seqKey(seq), appendTurn(newRecord(128), t, n)); err != nil {
		return err
	}
	t.Seq = seq
	return tx.forgetTurns(seq)
}

// forgetTurns deletes the turns before the latest maxTurns, of which seq is the
// last.
func (tx *Tx) forgetTurns(seq uint64) error {
	for {
		c, err := tx.cursor(bTurns)
		if err != nil {
			return err
		}
		key, _ := c.seek(nil)
		if key == nil || lastSeq(key)+maxTurns > seq {
			return nil
		}
		if err := tx.remove(bTurns, key); err != nil {
			return err
		}
	}
}

// Turns returns at most limit turns, the newest first, each under the name its
// source has now. One whose record is damaged is left out and reported to the log.
func (tx *Tx) Turns(limit int) ([]news.Turn, error) {
	c, err := tx.cursor(bTurns)
	if err != nil {
		return nil, err
	}
	var turns []news.Turn
	for key, sealed := c.last(); key != nil && len(turns) < limit; key, sealed = c.prev() {
		t, err := tx.openTurn(key, sealed)
		if damaged, ok := errors.AsType[*DamagedError](err); ok {
			tx.store.report(damaged)
			continue
		} else if err != nil {
			return nil, err
		}
		turns = append(turns, t)
	}
	return turns, nil
}

func (tx *Tx) openTurn(key, sealed []byte) (news.Turn, error) {
	rec, err := unseal(bTurns, key, sealed)
	if err != nil {
		return news.Turn{}, err
	}
	r := reader{rest: string(rec)}
	t, n := r.turn()
	if r.bad {
		return news.Turn{}, damagedRecord(bTurns, key, errWire.Error())
	}
	src, err := tx.source(n)
	if err != nil {
		return news.Turn{}, err
	}
	t.Seq, t.Source = lastSeq(key), src.current
	return t, nil
}

// appendTurn writes a turn but for its Seq, which its key is.
func appendTurn(b []byte, t *news.Turn, source uint32) []byte {
	b = binary.AppendUvarint(b, uint64(source))
	b = appendString(b, string(t.From))
	b = appendString(b, string(t.To))
	b = appendTime(b, t.At)
	return appendString(b, t.Why)
}

// turn is appendTurn's inverse; the caller gets the source's number.
func (r *reader) turn() (t news.Turn, source uint32) {
	source = uint32(r.uint())
	t.From, t.To = news.Health(r.string()), news.Health(r.string())
	t.At = r.time()
	t.Why = r.string()
	return t, source
}

// turns checks that the turns follow on each other and are of sources that are
// there.
func (c *check) turns() error {
	var last, count uint64
	return c.scan(bTurns, nil, func(key, sealed []byte) error {
		seq := lastSeq(key)
		if last != 0 && seq != last+1 {
			c.report.problem("turns %d to %d are missing", last+1, seq-1)
		}
		last = seq
		if count++; count == maxTurns+1 {
			c.report.problem("there are more than %d turns", maxTurns)
		}
		_, err := c.openTurn(key, sealed)
		return c.note(err)
	})
}
