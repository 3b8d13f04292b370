package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// The layout of schema 3; schema 2 had no turns and subscriptions, schema 1 no
// readings either. Numbers in keys are big-endian, so that keys sort as numbers do;
// every value but the empty ones stands in an envelope.
//
//	bucket         key                                   value
//	meta           schema, site, store, state            see schema.go, open.go, space.go
//	names          source id                             source number
//	sources        source number (4)                     origin id, current id
//	polls          source number (4)                     what each poll changes: 19 bytes
//	visits         source number (4)                     the rest of a Visit
//	items          item seq (8)                          Item, not compressed
//	bodies         item seq (8), revision (4)            when seen, Entry; zstd
//	ids            the id's 16 bytes                     item seq; aliases too
//	lists          facet, stretch of time (4)            the spots of its items there
//	decisions      item seq (8), decision seq (8)        Decision
//	places         "/" and the path of a place           Place
//	readings       source number (4)                     what its document holds: 37 bytes each
//	turns          turn seq (8)                          Turn; the latest 1,000
//	subscriptions  source number (4)                     Subscription, the hub's secret in it
//
// Item seqs count up from 1 in order of filing; so items, bodies and decisions
// grow at their ends and fill their pages. ids alone is in no order: it is small.
//
// A facet is a letter and what it needs: a (all), p (pinned), s and a source
// number (4), c and a country, or t and a topic, the last two ended by a NUL. Its
// list is kept in stretches of 2^shift seconds since year 1. A spot on it is 8
// bytes, the second within the stretch (24 bits) and the item seq (40), sorted; on
// a source's list the hash of the item's link follows (8), by which an article is
// found by its URL. Lists with a key for each item took five times the room, and a
// batch of items of all ages had to write most of their pages anew.
type bucketID uint8

const (
	bMeta bucketID = iota
	bNames
	bSources
	bPolls
	bVisits
	bItems
	bBodies
	bIDs
	bLists
	bDecisions
	bPlaces
	bReadings
	bTurns
	bSubscriptions
	bucketCount
)

// The numbers above and the names below are part of the stored format: bucket
// numbers go into checksums.
var bucketNames = [bucketCount]string{"meta", "names", "sources", "polls", "visits", "items", "bodies", "ids",
	"lists", "decisions", "places", "readings", "turns", "subscriptions"}

// fill is how full a page is left when it is split: where keys are only ever
// appended, room in the middle would stay empty for ever. 0 is bbolt's half.
var fill = [bucketCount]float64{bSources: 1, bPolls: 1, bItems: 1, bBodies: 1, bReadings: 1, bTurns: 1}

const (
	numberSize = 4
	seqSize    = 8
	idSize     = 16
	spotSize   = 8
	seqBits    = 40 // of a spot
)

func numberKey(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func bodyKey(seq uint64, revision int) []byte {
	return binary.BigEndian.AppendUint32(seqKey(seq), uint32(revision))
}

func decisionKey(item, decision uint64) []byte {
	return binary.BigEndian.AppendUint64(seqKey(item), decision)
}

// lastSeq reads the seq that a key ends in.
func lastSeq(key []byte) uint64 {
	return binary.BigEndian.Uint64(key[len(key)-seqSize:])
}

func placeKey(path string) []byte { return append([]byte{'/'}, path...) }

// hash64 is FNV-1a. Whoever makes two links collide gains a comparison.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// The seconds from year 1 to 1970, and to the end of year 9999.
const (
	secondsTo1970  = 62135596800
	secondsTo10000 = 315537897600
)

// keySecond is the second since year 1 that a time stands under on a list. What is
// outside of the years 1 to 9999 stands with their first or last second.
func keySecond(t time.Time) uint64 {
	return uint64(max(0, min(t.Unix()+secondsTo1970, secondsTo10000-1)))
}

// shift is the length of a list's stretches, chosen so that what many wires file in
// one makes about a page: an hour for the list of all, 36 hours for topics and
// countries, 12 days for the rest.
func (k FacetKind) shift() int {
	switch k {
	case All:
		return 12
	case ByCountry, ByTopic:
		return 17
	}
	return 20
}

// appendFacet begins the keys of one list.
func appendFacet(key []byte, kind FacetKind, source uint32, value string) []byte {
	switch kind {
	case BySource:
		return binary.BigEndian.AppendUint32(append(key, 's'), source)
	case ByCountry:
		return append(append(append(key, 'c'), value...), 0)
	case ByTopic:
		return append(append(append(key, 't'), value...), 0)
	case Pinned:
		return append(key, 'p')
	}
	return append(key, 'a')
}

// maxFacetValue bounds a country or topic in a key.
const maxFacetValue = 255

func checkFacetValue(value string) error {
	if value == "" || len(value) > maxFacetValue || strings.ContainsRune(value, 0) {
		return fmt.Errorf("list under %.40q: not a country or topic", value)
	}
	return nil
}

// A spot is where an item stands on a list.
type spot struct {
	key  []byte // of the stretch
	at   uint64 // second within it, item seq
	link uint64 // hash of the item's link, on a source's list
}

func (s spot) is(other spot) bool {
	return s.at == other.at && s.link == other.link && bytes.Equal(s.key, other.key)
}

// spotsOf says on which lists an item stands, and where: the one place that does.
func spotsOf(it *news.Item, source uint32) ([]spot, error) {
	most := 3 + len(it.Tags.Countries) + len(it.Tags.Topics)
	list := spotList{spots: make([]spot, 0, most), keys: make([]byte, 0, 20*most), second: keySecond(it.Entry()), seq: it.Seq}
	list.add(All, 0, "", 0)
	list.add(BySource, source, "", linkHash(it.URL))
	if it.Standing.Pinned {
		list.add(Pinned, 0, "", 0)
	}
	for _, c := range it.Tags.Countries {
		if err := checkFacetValue(string(c.Code)); err != nil {
			return nil, err
		}
		list.add(ByCountry, 0, string(c.Code), 0)
	}
	for _, t := range it.Tags.Topics {
		if err := checkFacetValue(string(t.ID)); err != nil {
			return nil, err
		}
		list.add(ByTopic, 0, string(t.ID), 0)
	}
	return list.spots, nil
}

// linkHash stands for a link as link.Key compares it; 0 for none.
func linkHash(url string) uint64 {
	if url == "" {
		return 0
	}
	return max(1, hash64(link.Key(url)))
}

type spotList struct {
	spots       []spot
	keys        []byte // where the spots' keys stand
	second, seq uint64
}

// add adds the spot on one list, once.
func (l *spotList) add(kind FacetKind, source uint32, value string, link uint64) {
	start, shift := len(l.keys), kind.shift()
	l.keys = binary.BigEndian.AppendUint32(appendFacet(l.keys, kind, source, value), uint32(l.second>>shift))
	s := spot{
		key:  l.keys[start:len(l.keys):len(l.keys)],
		at:   l.second&(1<<shift-1)<<seqBits | l.seq,
		link: link,
	}
	if !slices.ContainsFunc(l.spots, s.is) {
		l.spots = append(l.spots, s)
	}
}

// spotWidth is how many bytes the spots of a stretch take each.
func spotWidth(stretch []byte) int {
	if stretch[0] == 's' {
		return 2 * spotSize
	}
	return spotSize
}
