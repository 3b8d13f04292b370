package parse

import (
	"cmp"
	"slices"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// An identity is what an entry may be recognised by, as the document spells it:
// references decoded, white space around it trimmed, never parsed or resolved.
// What goes into each field is fixed for ever:
//
//   - guid: RSS guid, else rdf:about, else atom:id; Atom id; JSON Feed id, a
//     number as it is written. Of several the first that says something.
//   - link: RSS link or its href attribute, else the first atom:link that is an
//     alternate; Atom's first alternate; JSON Feed url, else external_url.
//   - title: that of the format, else dc:title in RSS; its tags stay.
//   - date: pubDate, atom:published, Atom 0.3 issued, dcterms:issued or JSON
//     date_published, else dc:date, else updated, modified or date_modified, else
//     created.
//
// An entry that says none of them, as RSS allows, is recognised by its text: its
// summary, else its content, else its first enclosure's address, white space
// folded. An edit makes it another; that is better than losing it.
type identity struct {
	guid, link, title, date string
}

// identify returns the item ids of a document's entries; "" for one without
// identity. A guid that entries with different links share identifies none of
// them.
func identify(source news.SourceID, all []identity, shared map[string]bool) []news.ItemID {
	ids := make([]news.ItemID, len(all))
	for i, e := range all {
		switch {
		case e.guid != "" && !shared[e.guid]:
			ids[i] = news.NewItemID(source, news.ByGUID, e.guid)
		case e.link != "":
			ids[i] = news.NewItemID(source, news.ByLink, link.ForID(e.link))
		case e.title != "" || e.date != "":
			ids[i] = news.NewItemID(source, news.ByTitle, e.title, e.date)
		}
	}
	return ids
}

func sharedGUIDs(all []identity) map[string]bool {
	var shared map[string]bool
	first := make(map[string]int, len(all))
	for i, e := range all {
		if e.guid == "" {
			continue
		}
		j, seen := first[e.guid]
		if !seen {
			first[e.guid] = i
			continue
		}
		if all[j].link != e.link && link.ForID(all[j].link) != link.ForID(e.link) {
			if shared == nil {
				shared = map[string]bool{}
			}
			shared[e.guid] = true
		}
	}
	return shared
}

// settle gives the entries of res their ids, drops those without, and keeps of
// several with one id the latest, in the place of the first. It reports false, and
// changes nothing, where entries have ids in common with some that are known: these
// have to be read with them, and rc forgets them.
//
// An entry that depends on another, by a guid or an id they share, is no reading:
// the other may go.
func settle(res *Result, source news.SourceID, all []identity, rc *recall, r *repairs) bool {
	shared := sharedGUIDs(all)
	ids := identify(source, all, shared)
	for i := range ids {
		if ids[i] == "" {
			ids[i] = byText(source, &res.Entries[i])
		}
		rc.forget(ids[i])
		if guid := all[i].guid; shared[guid] {
			rc.forget(news.NewItemID(source, news.ByGUID, guid))
		}
	}
	if rc.forgot > 0 {
		return false
	}
	at := make(map[news.ItemID]int, len(ids))
	kept := res.Entries[:0]
	read := rc.fresh[:0] // what is kept
	repeated := rc.repeated
	for i, e := range res.Entries {
		if e.ID = ids[i]; e.ID == "" {
			res.Dropped++
			continue
		}
		j, seen := at[e.ID]
		if seen {
			repeated++
			read[j].print = print{}
			if later(&e, &kept[j]) {
				kept[j] = e
			}
			continue
		}
		at[e.ID] = len(kept)
		kept = append(kept, e)
		read = append(read, rc.fresh[i])
		if shared[all[i].guid] {
			read[len(read)-1].print = print{}
		}
	}
	clear(res.Entries[len(kept):])
	res.Entries = kept
	rc.fresh = read
	res.Readings = rc.readings(kept)
	res.Mended = slices.ContainsFunc(rc.found, func(k news.Reading) bool { return k.Mended })
	if repeated > 0 {
		r.add("dropped entries that repeat the id of another")
	}
	if res.Dropped > 0 {
		r.add("dropped entries that say nothing")
	}
	return true
}

// readings are the known entries that the document holds and those read now.
func (rc *recall) readings(entries []news.Entry) []news.Reading {
	all := slices.Clip(rc.found)
	for i, f := range rc.fresh {
		if f.print != (print{}) {
			all = append(all, news.Reading{
				Print: f.print, Item: entries[i].ID, Claimed: entries[i].Claimed(), Mended: f.mended,
			})
		}
	}
	return all
}

func byText(source news.SourceID, e *news.Entry) news.ItemID {
	said := cmp.Or(e.Summary.Value, e.Content.Value)
	if said == "" && len(e.Enclosures) > 0 {
		said = e.Enclosures[0].URL
	}
	if said = line(said); said == "" {
		return ""
	}
	return news.NewItemID(source, news.ByTitle, "", "", said)
}

// later reports whether a claims to be a newer state of the entry than b.
func later(a, b *news.Entry) bool {
	return lastClaim(a).After(lastClaim(b))
}
