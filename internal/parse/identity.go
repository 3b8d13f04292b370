package parse

import (
	"cmp"
	"fmt"
	"strings"

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
func identify(source news.SourceID, all []identity) []news.ItemID {
	shared := sharedGUIDs(all)
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

// settle gives the entries their ids, drops those without, and keeps of several
// with one id the latest, in the place of the first.
func settle(res *Result, source news.SourceID, all []identity, r *repairs) {
	ids := identify(source, all)
	at := make(map[news.ItemID]int, len(ids))
	kept := res.Entries[:0]
	repeated := 0
	for i, e := range res.Entries {
		e.ID = ids[i]
		if e.ID == "" {
			e.ID = byText(source, &e)
		}
		if e.ID == "" {
			res.Dropped++
			continue
		}
		j, seen := at[e.ID]
		if !seen {
			at[e.ID] = len(kept)
			kept = append(kept, e)
			continue
		}
		repeated++
		if later(&e, &kept[j]) {
			kept[j] = e
		}
	}
	clear(res.Entries[len(kept):])
	res.Entries = kept
	if repeated > 0 {
		r.add(fmt.Sprintf("%d entries repeat the id of another", repeated))
	}
	if res.Dropped > 0 {
		r.add(fmt.Sprintf("%d entries say nothing", res.Dropped))
	}
}

func byText(source news.SourceID, e *news.Entry) news.ItemID {
	said := cmp.Or(e.Summary.Value, e.Content.Value)
	if said == "" && len(e.Enclosures) > 0 {
		said = e.Enclosures[0].URL
	}
	if said = strings.Join(strings.Fields(said), " "); said == "" {
		return ""
	}
	return news.NewItemID(source, news.ByTitle, "", "", said)
}

// later reports whether a claims to be a newer state of the entry than b.
func later(a, b *news.Entry) bool {
	return lastClaim(a).After(lastClaim(b))
}
