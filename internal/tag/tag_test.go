package tag

import (
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func builtin() *Vocabulary { return NewVocabulary(Builtin()) }

func TestBuiltin(t *testing.T) {
	topics := Builtin()
	if len(topics) != 29 {
		t.Errorf("%d topics, want 29", len(topics))
	}
	for _, topic := range topics {
		if !news.ValidID(string(topic.ID)) {
			t.Errorf("topic id %q", topic.ID)
		}
		for _, lang := range []string{"en", "fr", "es", "ru", "ar", "zh", "ko"} {
			if strings.TrimSpace(topic.Label[lang]) == "" {
				t.Errorf("topic %s has no label in %s", topic.ID, lang)
			}
		}
	}
	topics[0].Label["en"] = "spoilt"
	if Builtin()[0].Label["en"] == "spoilt" {
		t.Error("a caller changed the built-in topics")
	}
}

// Every name of a built-in topic means that topic and no other.
func TestBuiltinNamesAreDistinct(t *testing.T) {
	v := builtin()
	for _, b := range builtinTopics() {
		list := append([]string{string(b.ID)}, b.Also...)
		for _, label := range b.Label {
			list = append(list, label)
		}
		for _, name := range list {
			if got := v.names[key(name)]; got != b.ID {
				t.Errorf("%q of %s means %s", name, b.ID, got)
			}
		}
	}
}

func TestVocabulary(t *testing.T) {
	v := NewVocabulary(append(Builtin(),
		news.Topic{ID: "prisons", Label: map[string]string{"en": "Prisons", "fr": "Prisons en France"}},
		news.Topic{ID: "torture", Label: map[string]string{"en": "Ill-treatment of prisoners"}},
		news.Topic{ID: "bare"},
	))
	if !v.Has("prisons") || !v.Has("refoulement") || v.Has("refoulment") {
		t.Error("Has is wrong")
	}
	ids := v.IDs()
	if len(ids) != 31 || !slices.IsSorted(ids) {
		t.Errorf("IDs = %v", ids)
	}
	ids[0] = "spoilt"
	if v.IDs()[0] == "spoilt" {
		t.Error("a caller changed the vocabulary")
	}
	for _, test := range []struct {
		id   news.TopicID
		lang string
		want string
	}{
		{"refugees-asylum", "fr", "Réfugiés et asile"},
		{"refugees-asylum", "fr-CA", "Réfugiés et asile"},
		{"refugees-asylum", "zh-Hans", "难民与庇护"},
		{"refugees-asylum", "sw", "Refugees & asylum"},
		{"refugees-asylum", "", "Refugees & asylum"},
		{"torture", "en", "Ill-treatment of prisoners"}, // the operator's word
		{"torture", "fr", "Ill-treatment of prisoners"},
		{"bare", "fr", "bare"},
		{"unknown", "fr", "unknown"},
	} {
		if got := v.Label(test.id, test.lang); got != test.want {
			t.Errorf("Label(%s, %s) = %q, want %q", test.id, test.lang, got, test.want)
		}
	}
}

func TestNewVocabularyOwnsItsLabels(t *testing.T) {
	topics := []news.Topic{{ID: "a", Label: map[string]string{"en": "A"}}}
	v := NewVocabulary(topics)
	topics[0].Label["en"] = "spoilt"
	if v.Label("a", "en") != "A" {
		t.Error("a caller changed the vocabulary")
	}
	// An id is not lost to another topic's label.
	v = NewVocabulary([]news.Topic{{ID: "a", Label: map[string]string{"en": "b"}}, {ID: "b", Label: map[string]string{"en": "c"}}})
	if v.names["b"] != "b" || v.names["c"] != "b" {
		t.Errorf("names = %v", v.names)
	}
}
