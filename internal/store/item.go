package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"rightswire/internal/news"
)

// Item returns the item that id, or an alias of it, names; ErrNotFound where there
// is none.
func (tx *Tx) Item(id news.ItemID) (*news.Item, error) {
	seq, err := tx.Seq(id)
	if err != nil {
		return nil, err
	}
	if seq == 0 {
		return nil, fmt.Errorf("item %.40q: %w", id, ErrNotFound)
	}
	return tx.item(seq)
}

func (tx *Tx) item(seq uint64) (*news.Item, error) {
	key := seqKey(seq)
	rec, err := tx.record(bItems, key)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		return nil, damagedRecord(bItems, key, "missing")
	}
	return tx.decodeItem(seq, rec)
}

func (tx *Tx) decodeItem(seq uint64, rec []byte) (*news.Item, error) {
	r := reader{rest: string(rec)}
	it := new(news.Item)
	n := r.item(it)
	if r.bad {
		return nil, damagedRecord(bItems, seqKey(seq), errWire.Error())
	}
	src, err := tx.source(n)
	if err != nil {
		return nil, err
	}
	it.Seq, it.Source = seq, src.current
	return it, nil
}

// PutItem stores an item and everything that leads to it. One with Seq 0 is new
// and gets its Seq. Where nothing differs from what is stored nothing is written.
// Its Source is recorded if need be; its id never changes.
func (tx *Tx) PutItem(it *news.Item) error {
	n, err := tx.numbered(it.Source)
	if err == nil && it.Seq == 0 {
		err = tx.enrol(it)
	}
	if err == nil {
		if tx.enrolled[it.Seq] {
			err = tx.addItem(it, n)
		} else {
			err = tx.changeItem(it, n)
		}
	}
	if err != nil {
		return fmt.Errorf("put item %.40q: %w", it.ID, err)
	}
	return nil
}

// enrol gives a new item its Seq and makes its id known, so that revisions and
// decisions can be stored ahead of the item; it must follow in the same
// transaction.
func (tx *Tx) enrol(it *news.Item) error {
	id, ok := it.ID.Bytes()
	if !ok {
		return errors.New("not an item id")
	}
	if seq, err := tx.Seq(it.ID); err != nil {
		return err
	} else if seq != 0 {
		return errors.New("there is an item of that id already")
	}
	seq, err := tx.takeSeq()
	if err != nil {
		return err
	}
	if tx.enrolled == nil {
		tx.enrolled = map[uint64]bool{}
	}
	it.Seq, tx.enrolled[seq] = seq, true
	tx.pending.addID(id, seq)
	return nil
}

func (tx *Tx) addItem(it *news.Item, source uint32) error {
	if _, ok := it.ID.Bytes(); !ok {
		return errors.New("not an item id")
	}
	spots, err := spotsOf(it, source)
	if err != nil {
		return err
	}
	if err := tx.put(bItems, seqKey(it.Seq), appendItem(newRecord(itemSize), it, source)); err != nil {
		return err
	}
	delete(tx.enrolled, it.Seq)
	for _, s := range spots {
		tx.pending.change(s, true)
	}
	return nil
}

// takeSeq returns the seq after the last item's. Items are never removed, so no
// seq comes twice, whatever a damaged counter would say.
func (tx *Tx) takeSeq() (uint64, error) {
	if tx.nextSeq == 0 {
		last, err := tx.lastItem()
		if err != nil {
			return 0, err
		}
		tx.nextSeq = last + 1
	}
	seq := tx.nextSeq
	tx.nextSeq++
	return seq, nil
}

func (tx *Tx) lastItem() (uint64, error) {
	c, err := tx.cursor(bItems)
	if err != nil {
		return 0, err
	}
	last, _ := c.last()
	if last == nil {
		return 0, nil
	}
	return lastSeq(last), nil
}

func (tx *Tx) changeItem(it *news.Item, source uint32) error {
	key := seqKey(it.Seq)
	rec, err := tx.record(bItems, key)
	if err != nil {
		return err
	}
	if rec == nil {
		return fmt.Errorf("seq %d: %w", it.Seq, ErrNotFound)
	}
	buf := appendItem(newRecord(itemSize), it, source)
	if bytes.Equal(buf[envelopeSize:], rec) {
		return nil
	}
	old, err := tx.decodeItem(it.Seq, rec)
	if err != nil {
		return err
	}
	if old.ID != it.ID {
		return fmt.Errorf("seq %d is item %s's", it.Seq, old.ID)
	}
	oldSource, err := tx.number(old.Source)
	if err != nil {
		return err
	}
	if err := tx.move(old, oldSource, it, source); err != nil {
		return err
	}
	return tx.put(bItems, key, buf)
}

// move takes an item from the lists where it stood to those where it belongs.
func (tx *Tx) move(old *news.Item, oldSource uint32, it *news.Item, source uint32) error {
	was, err := spotsOf(old, oldSource)
	if err != nil {
		return err
	}
	is, err := spotsOf(it, source)
	if err != nil {
		return err
	}
	for _, s := range was {
		if !slices.ContainsFunc(is, s.is) {
			tx.pending.change(s, false)
		}
	}
	for _, s := range is {
		if !slices.ContainsFunc(was, s.is) {
			tx.pending.change(s, true)
		}
	}
	return nil
}

// AddAlias makes alias a further id of a stored item.
func (tx *Tx) AddAlias(alias news.ItemID, it *news.Item) error {
	raw, ok := alias.Bytes()
	if !ok || it.Seq == 0 {
		return fmt.Errorf("alias %.40q of item %.40q: not an id of a stored item", alias, it.ID)
	}
	seq, err := tx.Seq(alias)
	if err != nil || seq == it.Seq {
		return err
	}
	if seq != 0 {
		return fmt.Errorf("alias %s of item %s: it is another item's id", alias, it.ID)
	}
	tx.pending.addID(raw, it.Seq)
	return nil
}

func appendSeqRecord(seq uint64) []byte {
	return binary.AppendUvarint(newRecord(4), seq)
}

func readSeqRecord(rec []byte) uint64 {
	seq, _ := binary.Uvarint(rec)
	return seq
}

// itemSize is what most items take.
const itemSize = 400

// The flags that an item's record begins with.
const (
	fFirstVisit    = 1 << iota
	fExpired       // Expired
	fGUIDIsURL     // GUID is not written
	fOwnStory      // Story is the item's id
	fRevisedAtOnce // Revised is FirstSeen
	fStanding      // a Standing follows; without it, it is the zero one or merely open
	fOpen          // State is open
	fDoubt         // Doubt follows, last of all
)

// appendItem writes an item. Flags and FirstSeen come first: retention reads no
// further.
func appendItem(b []byte, it *news.Item, source uint32) []byte {
	flags := itemFlags(it)
	b = binary.AppendUvarint(b, flags)
	b = appendTime(b, it.FirstSeen)
	b = binary.AppendUvarint(b, uint64(source))
	id, _ := it.ID.Bytes()
	b = append(b, id[:]...)
	if flags&fOwnStory == 0 {
		b = appendString(b, string(it.Story))
	}
	if flags&fGUIDIsURL == 0 {
		b = appendString(b, it.GUID)
	}
	b = appendString(b, it.URL)
	b = appendString(b, it.Title)
	b = appendString(b, it.Language)
	b = binary.AppendUvarint(b, uint64(it.Current))
	b = binary.AppendUvarint(b, uint64(it.Latest))
	b = append(b, it.Digest[:]...)
	b = appendStrings(b, it.Authors)
	b = appendStrings(b, it.Categories)
	b = appendTime(b, it.Published)
	b = appendTime(b, it.Updated)
	if flags&fRevisedAtOnce == 0 {
		b = appendTime(b, it.Revised)
	}
	b = appendTags(b, it.Tags)
	if flags&fStanding != 0 {
		b = appendStanding(b, &it.Standing)
	}
	if flags&fDoubt != 0 {
		b = appendString(b, it.Doubt)
	}
	return b
}

func itemFlags(it *news.Item) uint64 {
	var flags uint64
	set := func(flag uint64, on bool) {
		if on {
			flags |= flag
		}
	}
	set(fFirstVisit, it.FirstVisit)
	set(fExpired, it.Expired)
	set(fGUIDIsURL, it.GUID == it.URL)
	set(fOwnStory, string(it.Story) == string(it.ID))
	set(fRevisedAtOnce, it.Revised.Equal(it.FirstSeen))
	set(fOpen, it.Standing.State == news.StateOpen)
	set(fStanding, !plainStanding(&it.Standing))
	set(fDoubt, it.Doubt != "")
	return flags
}

// item is appendItem's inverse; Seq and Source are the caller's, who gets the
// source's number.
func (r *reader) item(it *news.Item) (source uint32) {
	flags := r.uint()
	it.FirstVisit, it.Expired = flags&fFirstVisit != 0, flags&fExpired != 0
	it.FirstSeen = r.time()
	source = uint32(r.uint())
	it.ID = news.ItemIDFromBytes(r.digest())
	if it.Story = news.StoryID(it.ID); flags&fOwnStory == 0 {
		it.Story = news.StoryID(r.string())
	}
	if flags&fGUIDIsURL == 0 {
		it.GUID = r.string()
	}
	it.URL = r.string()
	if flags&fGUIDIsURL != 0 {
		it.GUID = it.URL
	}
	it.Title = r.string()
	it.Language = r.string()
	it.Current = int(r.uint())
	it.Latest = int(r.uint())
	it.Digest = r.digest()
	it.Authors = readStrings[string](r)
	it.Categories = readStrings[string](r)
	it.Published = r.time()
	it.Updated = r.time()
	if it.Revised = it.FirstSeen; flags&fRevisedAtOnce == 0 {
		it.Revised = r.time()
	}
	it.Tags = r.tags()
	switch {
	case flags&fStanding != 0:
		it.Standing = r.standing()
	case flags&fOpen != 0:
		it.Standing.State = news.StateOpen
	}
	if flags&fDoubt != 0 {
		it.Doubt = r.string()
	}
	return source
}
