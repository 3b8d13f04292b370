package ingest

import (
	"errors"
	"slices"
	"strings"

	"rightswire/internal/link"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/parse"
	"rightswire/internal/store"
	"rightswire/internal/text"
)

// maxNew is how many new items one visit files; the rest comes next time.
const maxNew = 500

// An arrival is an entry that changes the store, made ready outside of the
// filer's transaction.
type arrival struct {
	known    news.ItemID // the item's
	item     *news.Item  // new and described; nil where the store holds it
	alias    news.ItemID // the entry's, where it came under a new guid
	entry    *news.Entry // of a revision; else the text is let go once prepared
	prepared *store.Prepared
}

// A finding is what comparing a document with the store came to.
type finding struct {
	// left are entries that come to nothing in this visit, and are to be read again.
	left  map[news.ItemID]bool
	more  bool // new ones are among them, for the next visit
	known int  // entries that were read and are in the store
}

// prepare compares the entries that were read with what the store holds and makes
// ready what is new or revised.
func (in *Ingest) prepare(f *filing, doc *parse.Result, first bool) (finding, error) {
	found := finding{left: map[news.ItemID]bool{}}
	held, err := in.compare(f, doc, first)
	if err != nil {
		return found, err
	}
	fresh := 0
	for i := range doc.Entries {
		e, k := &doc.Entries[i], &held[i]
		if k.item != nil || k.damaged {
			found.known++
		} else if fresh == maxNew {
			found.left[e.ID], found.more = true, true
			continue
		} else {
			fresh++
		}
		if k.damaged || f.doubts(k) {
			found.left[e.ID] = true
			continue
		}
		a, err := f.arrive(e, k, first)
		if err != nil {
			return found, err
		}
		if a != nil {
			f.arrivals = append(f.arrivals, a)
		}
	}
	return found, nil
}

// doubts reports whether an entry may not change the item that it is: it came by a
// way that is doubted, and nobody would have to see the change before readers do.
func (f *filing) doubts(k *holding) bool {
	return f.doubt != "" && k.item != nil && k.item.Standing.Approved == 0 && k.item.Doubt == ""
}

// readingBytes is about what a reading takes in memory.
const readingBytes = 100

// keep lets the readings of a document replace those of the last visit: each says
// that its item is filed as those bytes had it. What was left is read again.
func (f *filing) keep(readings []news.Reading, left map[news.ItemID]bool) {
	f.readings = slices.DeleteFunc(readings, func(r news.Reading) bool { return left[r.Item] })
	f.size += readingBytes * len(f.readings)
	f.reread = true
}

// holding is what the store holds of an entry.
type holding struct {
	item  *news.Item
	alias bool
	// damaged says that what is held cannot be read; it is left as it is.
	damaged bool
	digest  [16]byte       // of the entry as it came
	latest  *news.Revision // where the digest differs
}

// compare looks entries up, all in one short read.
func (in *Ingest) compare(f *filing, doc *parse.Result, first bool) ([]holding, error) {
	held := make([]holding, len(doc.Entries))
	for i := range doc.Entries {
		held[i].digest = store.Digest(&doc.Entries[i])
	}
	err := in.store.View(func(tx *store.Tx) error {
		present := &roll{doc: doc}
		for i := range doc.Entries {
			e := &doc.Entries[i]
			err := held[i].find(tx, f.source.ID, e, first, present)
			if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
				in.log.Error("item not compared", "source", f.source.ID, "item", e.ID, "err", damaged)
				held[i].damaged = true
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return held, err
}

// A roll tells which items a document holds, whether they were read now or known,
// under their ids or an alias.
type roll struct {
	doc  *parse.Result
	seqs map[uint64]bool // of the items; nil until somebody asks, which is rare
}

// claim reports whether an item is on the roll, and puts it there.
func (r *roll) claim(tx *store.Tx, it *news.Item) (taken bool, err error) {
	if r.seqs == nil {
		if err := r.call(tx); err != nil {
			return false, err
		}
	}
	taken = r.seqs[it.Seq]
	r.seqs[it.Seq] = true
	return taken, nil
}

func (r *roll) call(tx *store.Tx) error {
	seqs := make(map[uint64]bool, max(len(r.doc.Entries), len(r.doc.Readings)))
	note := func(id news.ItemID) error {
		seq, err := tx.Seq(id)
		seqs[seq] = true
		return err
	}
	for i := range r.doc.Entries {
		if err := note(r.doc.Entries[i].ID); err != nil {
			return err
		}
	}
	for i := range r.doc.Readings {
		if err := note(r.doc.Readings[i].Item); err != nil {
			return err
		}
	}
	r.seqs = seqs
	return nil
}

func (k *holding) find(tx *store.Tx, src news.SourceID, e *news.Entry, first bool, present *roll) error {
	it, err := tx.Item(e.ID)
	if errors.Is(err, store.ErrNotFound) {
		if first {
			return nil
		}
		if it, err = renamed(tx, src, e, present); it == nil || err != nil {
			return err
		}
		k.alias = true
	}
	if err != nil {
		return err
	}
	k.item = it
	if it.Digest == k.digest || it.Expired {
		return nil
	}
	k.latest, err = tx.Revision(it, it.Latest)
	return err
}

// renamed finds the item that e is under a new guid: one of the same source on
// its link, with its title, that the document no longer holds, nor another of its
// entries turned out to be.
func renamed(tx *store.Tx, src news.SourceID, e *news.Entry, present *roll) (*news.Item, error) {
	if e.Link == "" {
		return nil, nil
	}
	items, err := tx.ByLink(src, e.Link)
	if err != nil {
		return nil, err
	}
	title := titleOf(e)
	for _, it := range items {
		if it.Title != title {
			continue
		}
		if taken, err := present.claim(tx, it); err != nil || !taken {
			return it, err
		}
	}
	return nil, nil
}

// arrive makes one entry ready; nil where it changes nothing.
func (f *filing) arrive(e *news.Entry, k *holding, first bool) (*arrival, error) {
	if k.item == nil {
		return f.newcomer(e, first)
	}
	a := &arrival{known: k.item.ID}
	if k.alias {
		a.alias = e.ID
	}
	if k.latest != nil && revised(&k.latest.Entry, e) {
		a.entry = e
		p, err := store.Prepare(e, f.seen)
		if err != nil {
			return nil, err
		}
		a.prepared = &p
		f.size += p.Size()
	}
	if a.prepared == nil && a.alias == "" {
		return nil, nil
	}
	return a, nil
}

func (f *filing) newcomer(e *news.Entry, first bool) (*arrival, error) {
	p, err := store.Prepare(e, f.seen)
	if err != nil {
		return nil, err
	}
	f.size += p.Size()
	it := &news.Item{
		ID: e.ID, Source: f.source.ID, GUID: strings.Clone(e.GUID), Story: news.StoryID(e.ID),
		FirstSeen: f.seen, FirstVisit: first, Doubt: f.doubt,
	}
	if err := f.plan.Describe(it, &news.Revision{Number: 1, Seen: f.seen, Entry: *e}, f.source); err != nil {
		return nil, err
	}
	return &arrival{item: it, known: e.ID, prepared: &p}, nil
}

// revised reports whether a reader would find the entry changed: title, plain
// text, link, authors, enclosures, language or dates, or the links and media of
// the body. White space, tracking parameters and mere markup don't count.
func revised(old, now *news.Entry) bool {
	return old.Language != now.Language ||
		link.Clean(old.Link) != link.Clean(now.Link) ||
		!old.Published.Equal(now.Published) || !old.Updated.Equal(now.Updated) ||
		!slices.Equal(old.Authors, now.Authors) ||
		!slices.EqualFunc(old.Enclosures, now.Enclosures, sameEnclosure) ||
		markup.Title(old.Title) != markup.Title(now.Title) ||
		differ(old.Summary, old.Base, now.Summary, now.Base) ||
		differ(old.Content, old.Base, now.Content, now.Base)
}

func sameEnclosure(a, b news.Enclosure) bool {
	return link.Clean(a.URL) == link.Clean(b.URL) && a.Type == b.Type && a.Length == b.Length
}

func differ(old news.Text, oldBase string, now news.Text, base string) bool {
	if old == now && oldBase == base {
		return false
	}
	return text.Line(markup.Plain(old)) != text.Line(markup.Plain(now)) ||
		!slices.Equal(markup.Media(old, oldBase), markup.Media(now, base))
}
