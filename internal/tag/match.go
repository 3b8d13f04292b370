package tag

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// How sure a tag is, by what it rests on.
const (
	scoreHand     = 1.0
	scoreCategory = 0.8
	scoreBeat     = 0.5
)

const (
	// maxBeat is the widest beat that says something of a single item.
	maxBeat = 3
	// maxTerm bounds the category looked at, maxQuoted what of it a reason quotes;
	// bytes.
	maxTerm   = 512
	maxQuoted = 80
)

const (
	whyHand = "by hand"
	whyBeat = "beat of source"
)

// Tags returns what an entry concerns by its categories, and by the beat of its
// source where no category names a country and the beat is of three countries at
// most. A category is matched as a whole against the ids and labels of topics and
// the names of countries, whatever its language, case and accents; where it
// matches nothing, its parts between commas, slashes and the like are. A code
// counts in capitals, or in any case under a scheme that says "country". Best
// first, else in the order the source names them.
func (v *Vocabulary) Tags(e *news.Entry, src *news.Source) news.Tags {
	var tags news.Tags
	for i := range e.Categories {
		v.category(&tags, &e.Categories[i])
	}
	if len(tags.Countries) == 0 {
		beat(&tags, src)
	}
	return tags
}

func beat(tags *news.Tags, src *news.Source) {
	if src == nil || len(src.Countries) > maxBeat {
		return
	}
	for _, code := range src.Countries {
		addCountry(tags, news.CountryTag{Code: code, Score: scoreBeat, About: true, Why: whyBeat})
	}
}

// category adds what one category names, by its label or by its term.
func (v *Vocabulary) category(tags *news.Tags, c *news.Category) {
	if code, ok := byScheme(*c); ok {
		addCountry(tags, news.CountryTag{Code: code, Score: scoreCategory, About: true, Why: why(c.Term)})
		return
	}
	for _, term := range []string{c.Label, c.Term} {
		if term == "" || len(term) > maxTerm {
			continue
		}
		if v.term(tags, term) || v.parts(tags, term) {
			return
		}
	}
}

func (v *Vocabulary) parts(tags *news.Tags, term string) bool {
	list := strings.FieldsFunc(term, separates)
	if len(list) < 2 {
		return false
	}
	found := false
	for _, part := range list {
		found = v.term(tags, part) || found
	}
	return found
}

func separates(r rune) bool { return strings.ContainsRune(",/|;>»·،、，；｜", r) }

// term adds the topic and the country that a term as a whole names.
func (v *Vocabulary) term(tags *news.Tags, term string) bool {
	k := key(term)
	code, country := places().find(term, k)
	if country {
		addCountry(tags, news.CountryTag{Code: code, Score: scoreCategory, About: true, Why: why(term)})
	}
	id, topic := v.names[k]
	if topic {
		addTopic(tags, news.TopicTag{ID: id, Score: scoreCategory, Why: why(term)})
	}
	return country || topic
}

func why(term string) string {
	quoted, _ := text.Truncate(text.Line(term), maxQuoted)
	return "category " + strconv.Quote(quoted)
}

func addCountry(tags *news.Tags, tag news.CountryTag) {
	if !slices.ContainsFunc(tags.Countries, func(t news.CountryTag) bool { return t.Code == tag.Code }) {
		tags.Countries = append(tags.Countries, tag)
	}
}

func addTopic(tags *news.Tags, tag news.TopicTag) {
	if !slices.ContainsFunc(tags.Topics, func(t news.TopicTag) bool { return t.ID == tag.ID }) {
		tags.Topics = append(tags.Topics, tag)
	}
}

// ByHand returns t with the topics and countries that curators added, first and
// with the full score, and without those they dropped. It leaves t as it is.
func ByHand(t news.Tags, st *news.Standing) news.Tags {
	if len(st.AddTopics)+len(st.DropTopics)+len(st.AddCountries)+len(st.DropCountries) == 0 {
		return t
	}
	var tags news.Tags
	for _, id := range st.AddTopics {
		addTopic(&tags, news.TopicTag{ID: id, Score: scoreHand, Why: whyHand})
	}
	for _, tag := range t.Topics {
		if !slices.Contains(st.DropTopics, tag.ID) {
			addTopic(&tags, tag)
		}
	}
	for _, code := range st.AddCountries {
		addCountry(&tags, news.CountryTag{Code: code, Score: scoreHand, About: true, Why: whyHand})
	}
	for _, tag := range t.Countries {
		if !slices.Contains(st.DropCountries, tag.Code) {
			addCountry(&tags, tag)
		}
	}
	slices.SortStableFunc(tags.Topics, func(a, b news.TopicTag) int { return cmp.Compare(b.Score, a.Score) })
	slices.SortStableFunc(tags.Countries, func(a, b news.CountryTag) int { return cmp.Compare(b.Score, a.Score) })
	return tags
}

// key is what two spellings of one name share: folded words without punctuation,
// articles and "and"; an apostrophe is nothing, anything else parts words.
func key(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(text.Fold(apostrophes.Replace(name)), parts) {
		switch word {
		case "and", "et", "y", "und", "the":
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "`", "")

// parts reports whether r stands between words. Marks belong to their word
// (Burmese and Tibetan spell with them), and so does the "+" of LGBTIQ+ not.
func parts(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}
