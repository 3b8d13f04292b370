// Package tag says what an item concerns: topics of the vocabulary and
// countries, each with its score and the words that earned it. It reads what
// sources say themselves (categories), what a source is about (its beat) and
// what curators say by hand; it is pure and does not read the texts.
//
// It also names topics and countries. What becomes of an item by its tags is
// curate's.
package tag

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rightswire/internal/news"
)

// topicsJSON is the built-in vocabulary: ids, labels and further names that
// mean a topic by themselves, most of them halves of its label.
//
//go:embed topics.json
var topicsJSON []byte

type builtinTopic struct {
	ID    news.TopicID
	Label map[string]string
	Also  []string
}

func builtinTopics() []builtinTopic {
	var topics []builtinTopic
	if err := json.Unmarshal(topicsJSON, &topics); err != nil {
		panic(fmt.Sprintf("read the embedded topics: %v", err)) // unreachable: a test reads them
	}
	return topics
}

// Builtin returns the built-in topics in their order, ids and labels alone. The
// caller owns the result.
func Builtin() []news.Topic {
	var topics []news.Topic
	for _, b := range builtinTopics() {
		topics = append(topics, news.Topic{ID: b.ID, Label: b.Label})
	}
	return topics
}

// A Vocabulary is the set of topics items may be tagged with. It is immutable
// and may be used by several goroutines.
type Vocabulary struct {
	labels map[news.TopicID]map[string]string
	ids    []string
	names  map[string]news.TopicID // key of an id, label or further name → topic
}

// NewVocabulary returns the vocabulary of topics, which are all there are: the
// built-in ones merged with the operator's. Of two with one id the later counts;
// of two with one name, the earlier.
func NewVocabulary(topics []news.Topic) *Vocabulary {
	v := &Vocabulary{labels: map[news.TopicID]map[string]string{}, names: map[string]news.TopicID{}}
	for _, t := range topics {
		v.labels[t.ID] = maps.Clone(t.Label)
	}
	for id := range v.labels {
		v.ids = append(v.ids, string(id))
	}
	slices.Sort(v.ids)
	// Ids first: no label of one topic may take away the id of another.
	for _, id := range v.ids {
		v.name(id, news.TopicID(id))
	}
	for _, t := range topics {
		labels := v.labels[t.ID]
		for _, lang := range slices.Sorted(maps.Keys(labels)) {
			v.name(labels[lang], t.ID)
		}
	}
	for _, b := range builtinTopics() {
		if !v.Has(b.ID) {
			continue
		}
		for _, name := range b.Also {
			v.name(name, b.ID)
		}
	}
	return v
}

func (v *Vocabulary) name(name string, id news.TopicID) {
	k := key(name)
	if _, taken := v.names[k]; k != "" && !taken {
		v.names[k] = id
	}
}

// Has reports whether id is a topic of the vocabulary.
func (v *Vocabulary) Has(id news.TopicID) bool {
	_, ok := v.labels[id]
	return ok
}

// IDs returns the topics' ids, sorted. The caller owns the result.
func (v *Vocabulary) IDs() []string { return slices.Clone(v.ids) }

// Label returns the topic's label in lang, a BCP 47 tag; where there is none, in
// the tag's language alone ("zh" for "zh-Hans"), then English, then the id.
func (v *Vocabulary) Label(id news.TopicID, lang string) string {
	labels := v.labels[id]
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base, "en"} {
		if label := labels[l]; label != "" {
			return label
		}
	}
	return string(id)
}
