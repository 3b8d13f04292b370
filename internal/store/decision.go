package store

import (
	"encoding/binary"
	"fmt"

	"rightswire/internal/news"
)

// AddDecision appends a decision on a stored item and assigns its Seq. Decisions
// are ordered by Seq, whatever the clock said.
func (tx *Tx) AddDecision(d *news.Decision) error {
	item, err := tx.Seq(d.Item)
	if err != nil {
		return err
	}
	if item == 0 {
		return fmt.Errorf("decide on item %.40q: %w", d.Item, ErrNotFound)
	}
	b, err := tx.bucket(bDecisions)
	if err != nil {
		return err
	}
	seq, err := b.NextSequence()
	if err != nil {
		return fmt.Errorf("number decision on item %s: %w", d.Item, err)
	}
	key := decisionKey(item, seq)
	if old, err := tx.raw(bDecisions, key); err != nil {
		return err
	} else if old != nil {
		return damagedRecord(bDecisions, key, "the counter of decisions went back")
	}
	if err := tx.put(bDecisions, key, appendDecision(newRecord(128), d)); err != nil {
		return err
	}
	d.Seq = seq
	return nil
}

// Decisions returns the decisions on an item in order of Seq; ErrNotFound where
// there is no such item.
func (tx *Tx) Decisions(id news.ItemID) ([]news.Decision, error) {
	it, err := tx.Item(id)
	if err != nil {
		return nil, err
	}
	return tx.decisions(it.Seq, it.ID)
}

func (tx *Tx) decisions(item uint64, id news.ItemID) ([]news.Decision, error) {
	var ds []news.Decision
	err := tx.scan(bDecisions, seqKey(item), func(key, sealed []byte) error {
		d, err := openDecision(key, sealed)
		d.Item = id
		ds = append(ds, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ds, nil
}

// openDecision reads a decision but for its item's id, which its key stands for.
func openDecision(key, sealed []byte) (news.Decision, error) {
	rec, err := unseal(bDecisions, key, sealed)
	if err != nil {
		return news.Decision{}, err
	}
	r := reader{rest: string(rec)}
	d := r.decision()
	if r.bad {
		return d, damagedRecord(bDecisions, key, errWire.Error())
	}
	d.Seq = lastSeq(key)
	return d, nil
}

func appendDecision(b []byte, d *news.Decision) []byte {
	b = appendString(b, string(d.Action))
	b = appendString(b, d.By)
	b = appendTime(b, d.At)
	b = appendString(b, d.Why)
	b = binary.AppendUvarint(b, uint64(d.Revision))
	b = appendString(b, string(d.Channel))
	b = appendTime(b, d.Until)
	b = appendString(b, d.Text)
	b = binary.AppendUvarint(b, d.Undoes)
	b = appendStrings(b, d.AddTopics)
	b = appendStrings(b, d.DropTopics)
	b = appendStrings(b, d.AddCountries)
	return appendStrings(b, d.DropCountries)
}

func (r *reader) decision() news.Decision {
	return news.Decision{
		Action:        news.Action(r.string()),
		By:            r.string(),
		At:            r.time(),
		Why:           r.string(),
		Revision:      int(r.uint()),
		Channel:       news.ChannelID(r.string()),
		Until:         r.time(),
		Text:          r.string(),
		Undoes:        r.uint(),
		AddTopics:     readStrings[news.TopicID](r),
		DropTopics:    readStrings[news.TopicID](r),
		AddCountries:  readStrings[news.Country](r),
		DropCountries: readStrings[news.Country](r),
	}
}
